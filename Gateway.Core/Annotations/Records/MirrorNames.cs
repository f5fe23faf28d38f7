using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Records;

/// <summary>The further annotation formats in which a registration can be written, by the names of the contract (section 5).</summary>
public static class MirrorNames
{
    public const string Generic = "generic";
    public const string DubboGo14 = "dubbo-go-1.4";
    public const string DubboGo15 = "dubbo-go-1.5";
    public const string DubboJava = "dubbo-java";

    public static readonly ImmutableArray<string> All = [Generic, DubboGo14, DubboGo15, DubboJava];

    /// <summary>
    /// Whether both dubbo-go formats are named: they need different values of one label, so a pod can have only one of them.
    /// </summary>
    public static bool Clash(IEnumerable<string> names)
    {
        var (older, newer) = (false, false);
        foreach (var name in names)
        {
            older |= name == DubboGo14;
            newer |= name == DubboGo15;
        }

        return older && newer;
    }

    /// <summary>The names in a comma separated list, as in the annotation of a Namespace; unknown names are left out.</summary>
    public static ImmutableArray<string> Parse(string? list) =>
        list is null
            ? []
            : [.. list.Split(',', StringSplitOptions.TrimEntries).Where(static name => All.Contains(name)).Distinct()];
}
