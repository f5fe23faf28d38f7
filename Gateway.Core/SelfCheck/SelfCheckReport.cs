namespace Gateway.Core.SelfCheck;

/// <summary>The last result of the self-check: whether the account has its rights, and whether a write would pass admission.</summary>
public sealed record SelfCheckReport(SelfCheckFinding Rights, SelfCheckFinding Write)
{
    public static readonly SelfCheckReport Off = new(new SelfCheckFinding(SelfCheckStates.Off), new SelfCheckFinding(SelfCheckStates.Off));
}

/// <summary>The result of one part of the self-check.</summary>
/// <param name="State">One of <see cref="SelfCheckStates"/>.</param>
/// <param name="Detail">One sentence for the operator; null where there is nothing to say.</param>
public sealed record SelfCheckFinding(string State, string? Detail = null);

/// <summary>The states that a part of the self-check can be in, as <c>/readyz</c> shows them.</summary>
public static class SelfCheckStates
{
    /// <summary>Not checked: there is nothing to check.</summary>
    public const string Off = "off";

    /// <summary>Not checked yet.</summary>
    public const string Pending = "pending";

    public const string Passed = "passed";

    /// <summary>The cluster would refuse what the gateway needs.</summary>
    public const string Refused = "refused";

    /// <summary>The cluster did not answer the check.</summary>
    public const string Unknown = "unknown";
}
