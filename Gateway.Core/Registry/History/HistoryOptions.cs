namespace Gateway.Core.Registry.History;

/// <summary>How much a replica remembers of what changed (section <c>Registry</c>). Set at start, read afterwards.</summary>
public sealed class HistoryOptions
{
    public const string Section = "Registry";

    /// <summary>The most changes of instances that <c>/v1/history</c> and <c>at=</c> reach back; 0: no history.</summary>
    public int HistoryChanges { get; set; } = 10_000;

    /// <summary>The most memory that they hold, in bytes, as estimated from what only former states hold; the oldest are dropped first.</summary>
    public int HistoryBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Every fault of these settings, one sentence each; empty when they are valid.</summary>
    public IEnumerable<string> Validate()
    {
        if (HistoryChanges is < 0 or > 1_000_000)
            yield return $"{Section}:HistoryChanges is {HistoryChanges}; it must be 0 to 1000000.";
        if (HistoryBytes is < 0 or > 1024 * 1024 * 1024)
            yield return $"{Section}:HistoryBytes is {HistoryBytes}; it must be 0 to {1024 * 1024 * 1024}.";
    }
}
