using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Records;

/// <summary>The source of an instance, in order of precedence among formats (contract, section 1).</summary>
public enum InstanceSource
{
    Gateway,
    Declared,
    DubboJava,
    DubboGo,
    Generic,
    Endpoints,
}

/// <summary>The contract's names of sources.</summary>
public static class InstanceSourceNames
{
    /// <summary>In the order of <see cref="InstanceSource"/>.</summary>
    public static readonly ImmutableArray<string> All = ["gateway", "declared", "dubbo-java", "dubbo-go", "generic", "endpoints"];

    public static string Of(InstanceSource source) => All[(int)source];

    public static bool TryParse(string? name, out InstanceSource source)
    {
        var index = name is null ? -1 : All.IndexOf(name);
        source = (InstanceSource)Math.Max(0, index);
        return index >= 0;
    }
}
