using System.Collections.Immutable;
using Gateway.Core.Annotations.Dubbo;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>All mirror formats, in the order of <see cref="MirrorNames.All"/>.</summary>
public static class MirrorFormats
{
    // The label value of the other generation: the mirror may have written it before the setting was changed.
    private static readonly ImmutableArray<string> _dubboGoLabels = [DubboKeys.Go14ProviderLabel, DubboKeys.Go15ProviderLabel];

    public static readonly ImmutableArray<IMirrorFormat> All =
    [
        new KeyValueMirror(
            MirrorNames.Generic, DubboKeys.GenericAnnotation, DubboKeys.GenericLabel, DubboKeys.GenericProviderLabel,
            [DubboKeys.GenericProviderLabel], release: null),
        new KeyValueMirror(
            MirrorNames.DubboGo14, DubboKeys.GoAnnotation, DubboKeys.GoLabel, DubboKeys.Go14ProviderLabel, _dubboGoLabels, "dubbo-golang-1.4.5"),
        new KeyValueMirror(
            MirrorNames.DubboGo15, DubboKeys.GoAnnotation, DubboKeys.GoLabel, DubboKeys.Go15ProviderLabel, _dubboGoLabels, "dubbo-golang-1.5.9"),
        new DubboJavaMirror(),
    ];
}
