namespace Gateway.Core.Annotations.Mirrors;

/// <summary>What became of one registration in one mirror: <c>written</c>, or <c>left-out</c> and why, for people.</summary>
public sealed record MirrorState(string State, string? Reason)
{
    public static readonly MirrorState Written = new("written", null);

    public static MirrorState LeftOut(string reason) => new("left-out", reason);

    public bool IsWritten => State == Written.State;
}
