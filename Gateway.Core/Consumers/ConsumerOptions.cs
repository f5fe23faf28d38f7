namespace Gateway.Core.Consumers;

/// <summary>How many consumers a replica remembers (section <c>Registry</c>). Set at start, read afterwards.</summary>
public sealed class ConsumerOptions
{
    public const string Section = "Registry";

    /// <summary>The most consumers that <c>/v1/consumers</c> remembers, one for each pod, service and protocol; 0: none are noted.</summary>
    public int Consumers { get; set; } = 20_000;

    /// <summary>The most of them of one service; the one that was seen longest ago is dropped first.</summary>
    public int ConsumersPerService { get; set; } = 1_000;

    /// <summary>Every fault of these settings, one sentence each; empty when they are valid.</summary>
    public IEnumerable<string> Validate()
    {
        if (Consumers is < 0 or > 1_000_000)
            yield return $"{Section}:Consumers is {Consumers}; it must be 0 to 1000000.";
        if (ConsumersPerService is < 1 or > 100_000)
            yield return $"{Section}:ConsumersPerService is {ConsumersPerService}; it must be 1 to 100000.";
    }
}
