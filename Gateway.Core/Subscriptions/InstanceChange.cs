using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// One step of a <see cref="Transition"/>. <see cref="Instance"/> is the new content, or for a removal the content that was sent last. Its
/// frame is encoded by the first stream that sends it.
/// </summary>
internal sealed class InstanceChange(ChangeKind kind, Instance instance, UInt128 digestDelta, LookupForm form)
{
    public ChangeKind Kind { get; } = kind;
    public Instance Instance { get; } = instance;

    /// <summary>The difference that this change makes to a stream's digest, modulo 2^128.</summary>
    public UInt128 DigestDelta { get; } = digestDelta;

    // Two streams may encode the first frame at once; the bytes are the same.
    public EventFrame Frame => field ??= EventFrame.OfChange(Kind, Instance, form);
}
