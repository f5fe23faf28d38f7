using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>A resumed stream's wait for the revision that its client has seen at some replica. Immutable.</summary>
internal sealed class ResumeWait(Revision awaited, DateTimeOffset deadline)
{
    public DateTimeOffset Deadline => deadline;

    public ResumeVerdict Check(RegistrySnapshot current, DateTimeOffset now) =>
        current.Revision.Covers(awaited) ? ResumeVerdict.Reached
        : current.Revision.CanNeverCover(awaited) ? ResumeVerdict.Lost
        : now >= deadline ? ResumeVerdict.Late
        : ResumeVerdict.Wait;

    public bool IsOver(RegistrySnapshot current) => current.Revision.Covers(awaited) || current.Revision.CanNeverCover(awaited);
}
