namespace Gateway.Core.Registry;

/// <summary>
/// How far one kind (in one watched namespace) was folded: its resourceVersion, and the number of the etcd history it belongs to. Ordered
/// within a process: a restored etcd raises the history and may lower the version.
/// </summary>
public readonly record struct RevisionPart(int Index, uint History, ulong Version)
{
    /// <summary>Versions of different histories cannot be compared.</summary>
    public bool Covers(RevisionPart other) => History == other.History && Version >= other.Version;

    internal bool IsAfter(RevisionPart other) => History > other.History || (History == other.History && Version > other.Version);
}
