using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Explain;

/// <summary>Why a service, or one pod under its name, is listed or not (contract, section 2): every check in order, and the instances in any status.</summary>
/// <param name="Verdict">One of <see cref="Verdicts"/>.</param>
/// <param name="Checks">In the order of <see cref="CheckNames.All"/>.</param>
/// <param name="Instances">Those of the service, or of the pod that was asked about, whether the filter takes them or not; sorted by id.</param>
public sealed record Explanation(string Verdict, ImmutableArray<ExplainedCheck> Checks, ImmutableArray<Instance> Instances);

/// <summary>
/// One check. <paramref name="Passed"/> is null where there was nothing to check. <paramref name="Found"/> is a plain sentence or more;
/// <paramref name="Help"/> says what a person should do, null unless the check failed.
/// </summary>
public sealed record ExplainedCheck(string Check, bool? Passed, string Found, string? Help);

/// <summary>The result of all checks.</summary>
public static class Verdicts
{
    /// <summary>Everything that could be listed is in the lookup.</summary>
    public const string Listed = "listed";

    /// <summary>Some of it is.</summary>
    public const string PartlyListed = "partly-listed";

    /// <summary>The lookup is empty.</summary>
    public const string NotListed = "not-listed";
}

/// <summary>The names of checks.</summary>
public static class CheckNames
{
    public const string Namespace = "namespace";
    public const string Service = "service";
    public const string Pod = "pod";
    public const string Record = "record";
    public const string Name = "name";
    public const string Address = "address";
    public const string Readiness = "readiness";
    public const string Slice = "slice";
    public const string Restart = "restart";
    public const string Lease = "lease";
    public const string Override = "override";
    public const string Filter = "filter";

    /// <summary>In the order in which they are made.</summary>
    public static readonly ImmutableArray<string> All =
        [Namespace, Service, Pod, Record, Name, Address, Readiness, Slice, Restart, Lease, Override, Filter];
}
