namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// The outcome of one registration in one mirror: <c>written</c>, or <c>left-out</c> with the reason for people; <paramref name="Cause"/>
/// is one of <see cref="MirrorCauses"/>.
/// </summary>
public sealed record MirrorState(string State, string? Reason, string? Cause)
{
    public static readonly MirrorState Written = new("written", null, null);

    public static MirrorState LeftOut(string cause, string reason) => new("left-out", reason, cause);

    public bool IsWritten => State == Written.State;
}
