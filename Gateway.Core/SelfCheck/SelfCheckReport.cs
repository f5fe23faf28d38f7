namespace Gateway.Core.SelfCheck;

/// <summary>The self-check as it last came out: whether the account has its rights, and whether a write would pass admission.</summary>
public sealed record SelfCheckReport(SelfCheckFinding Rights, SelfCheckFinding Write)
{
    public static readonly SelfCheckReport Off = new(new SelfCheckFinding(SelfCheckStates.Off), new SelfCheckFinding(SelfCheckStates.Off));
}

/// <summary>What one part of the self-check came to.</summary>
/// <param name="State">One of <see cref="SelfCheckStates"/>.</param>
/// <param name="Detail">One sentence for the operator; null where there is nothing to say.</param>
public sealed record SelfCheckFinding(string State, string? Detail = null);

/// <summary>The states that a part of the self-check can be in, as <c>/readyz</c> shows them.</summary>
public static class SelfCheckStates
{
    /// <summary>Not asked here: nothing to ask about.</summary>
    public const string Off = "off";

    /// <summary>Not answered yet.</summary>
    public const string Pending = "pending";

    public const string Passed = "passed";

    /// <summary>What the gateway needs would be refused to it.</summary>
    public const string Refused = "refused";

    /// <summary>The cluster could not be asked.</summary>
    public const string Unknown = "unknown";
}
