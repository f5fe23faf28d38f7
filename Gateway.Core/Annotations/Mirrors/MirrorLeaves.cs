using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// Collects the leaves of one pod's key/value mirror, one per Dubbo service (interface, group, version, protocol). Used by one plan.
/// </summary>
internal sealed class MirrorLeaves(Pod pod, string? release, MirrorState? leaveOut)
{
    // Set from the record itself; metadata of these names, or of their fallbacks, would contradict it.
    private static readonly ImmutableHashSet<string> _reserved =
    [
        "anyhost", "category", "enabled", "group", "interface", "ip", "protocol", "registry.role", "side", "timestamp", "version", "weight",
        DubboKeys.OwnId,
    ];

    private readonly ImmutableSortedDictionary<string, MirrorState>.Builder _states =
        ImmutableSortedDictionary.CreateBuilder<string, MirrorState>(StringComparer.Ordinal);

    private readonly HashSet<(string, string, string, string)> _services = [];
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);

    public bool IsEmpty => _keys.Count == 0;

    public ImmutableSortedDictionary<string, MirrorState> States => _states.ToImmutable();

    public void Add(RegistrationRecord record)
    {
        var left = leaveOut ?? MirrorRules.LeftOut(record) ?? Unfit(record);
        _states[record.Id] = left ?? MirrorState.Written;
        if (left is null)
            _keys.Add($"/dubbo/{GoQuery.Escape(record.Key.Service)}/providers/{GoQuery.Escape(UrlOf(record).ToString())}");
    }

    public string Encode() => KeyValueList.Encode(_keys.Select(static key => KeyValueList.Element(key, "")));

    private MirrorState? Unfit(RegistrationRecord record)
    {
        if (!DubboUrl.IsScheme(record.Key.Protocol))
            return MirrorState.LeftOut(MirrorCauses.Unfit, $"the protocol {record.Key.Protocol} is not a valid URL scheme");
        return _services.Add((record.Key.Service, record.Key.Group, record.Key.Version, record.Key.Protocol))
            ? null
            : MirrorState.LeftOut(MirrorCauses.Unfit, "another port of the same service and protocol is written; this format holds one");
    }

    private DubboUrl UrlOf(RegistrationRecord record)
    {
        var (key, address) = (record.Key, record.Host is { } host && pod.PodIPs.Contains(host) ? host : pod.PodIPs[0]);
        var parameters = RegistrationRecord.NoMetadata.ToBuilder();
        foreach (var (name, value) in record.Metadata)
        {
            if (name.Length > 0 && value.Length > 0 && !IsReserved(name))
                parameters[name] = value;
        }

        // Metadata may override these.
        parameters.TryAdd("application", key.Service);
        parameters.TryAdd("pid", "1");
        if (release is not null)
            parameters.TryAdd("release", release);

        parameters["anyhost"] = "true";
        parameters["interface"] = key.Service;
        parameters["ip"] = address;
        parameters["registry.role"] = "3";
        parameters["side"] = "provider";
        parameters[DubboKeys.OwnId] = record.Id;
        if (key.Group.Length > 0)
            parameters["group"] = key.Group;
        if (key.Version.Length > 0)
            parameters["version"] = key.Version;
        if (record.Weight != RegistrationRules.DefaultWeight)
            parameters["weight"] = record.Weight.ToString(CultureInfo.InvariantCulture);

        // The time of the first registration, never that of the write: readers take a record with another timestamp for another provider.
        if (record.RegisteredAt is { } registeredAt)
            parameters["timestamp"] = registeredAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        parameters.Remove(DubboUrl.PathMember);
        return new(key.Protocol, address, key.Port, DubboUrl.PathOf(record.Metadata, key.Service), parameters.ToImmutable());
    }

    private static bool IsReserved(string name) =>
        _reserved.Contains(name.StartsWith("default.", StringComparison.Ordinal) ? name["default.".Length..] : name);
}
