namespace Gateway.Core.Registry;

/// <summary>
/// How far one kind (in one watched namespace) was folded: its resourceVersion within a history of the cluster's store. Ordered within a
/// process: a replaced store raises the history and may lower the version.
/// </summary>
public readonly record struct RevisionPart(int Index, uint History, ulong Version)
{
    /// <summary>Versions of different histories say nothing about each other.</summary>
    public bool Covers(RevisionPart other) => History == other.History && Version >= other.Version;

    internal bool IsAfter(RevisionPart other) => History > other.History || (History == other.History && Version > other.Version);
}
