namespace Gateway.Core.Fence;

/// <summary>The states that a part of the self-check can be in, as <c>/readyz</c> shows them.</summary>
public static class FenceStates
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
