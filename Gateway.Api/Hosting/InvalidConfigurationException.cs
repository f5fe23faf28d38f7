namespace Gateway.Api.Hosting;

/// <summary>The configuration cannot be run with; the message names every fault.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<string> faults)
    : Exception($"The configuration has {faults.Count} fault(s):{Environment.NewLine}{string.Join(Environment.NewLine, faults.Select(static fault => "  " + fault))}")
{
    public IReadOnlyList<string> Faults { get; } = faults;
}
