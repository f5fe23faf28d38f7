using System.Diagnostics.Metrics;

namespace Gateway.Core.Diagnostics;

/// <summary>
/// Every metric of the gateway, in one place: each floor's instruments stand in a part of this class of their own. Instruments are written by
/// whoever counts, and read by whatever listens to the meter.
/// </summary>
public sealed partial class GatewayMetrics : IDisposable
{
    /// <summary>The name to listen to.</summary>
    public const string MeterName = "registry-gateway";

    private readonly Meter _meter;

    public GatewayMetrics(IMeterFactory? factory = null) => _meter = factory?.Create(MeterName) ?? new Meter(MeterName);

    /// <summary>Whether an instrument is this gateway's, where several gateways run in one process.</summary>
    public bool Owns(Meter meter) => ReferenceEquals(meter, _meter);

    public void Dispose() => _meter.Dispose();
}
