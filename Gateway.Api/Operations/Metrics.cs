using System.Diagnostics.Metrics;
using Gateway.Core.Diagnostics;
using OpenTelemetry.Metrics;

namespace Gateway.Api.Operations;

/// <summary>
/// Every metric of this process for a scrape, as Prometheus text or OpenMetrics: the gateway's own, Kestrel and the runtime; HTTP by route is counted by
/// <see cref="HttpCalls"/>. Names and units are those of docs/operations.md.
/// </summary>
internal static class Metrics
{
    // The combinations of one metric's labels that are kept; the library reserves memory for each, 2,000 unless told otherwise.
    private const int Series = 300;

    // The library's own default is for milliseconds.
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    // A change reaches a subscriber in less than a millisecond.
    private static readonly double[] FineSeconds = [0.0001, 0.00025, 0.0005, .. Seconds];

    public static void AddGatewayMetrics(this IServiceCollection services)
    {
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<HttpCalls>();
        services.AddOpenTelemetry().WithMetrics(static metrics => metrics
            .AddMeter(GatewayMetrics.MeterName, "Microsoft.AspNetCore.Server.Kestrel")
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter(static options =>
            {
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
                options.ScrapeResponseCacheDurationMilliseconds = 0;
            }));
        services.ConfigureOpenTelemetryMeterProvider(static (provider, metrics) =>
        {
            var host = provider.GetRequiredService<IMeterFactory>();
            metrics.AddView(instrument => ViewOf(instrument, host));
        });
    }

    private static MetricStreamConfiguration? ViewOf(Instrument instrument, IMeterFactory host)
    {
        // Several gateways may run in one process. The runtime's meters belong to none.
        var isOwn = instrument.Meter.Name == GatewayMetrics.MeterName;
        if (instrument.Meter.Scope != host && (isOwn || instrument.Meter.Scope is not null))
            return MetricStreamConfiguration.Drop;
        if (!isOwn)
            return new MetricStreamConfiguration { CardinalityLimit = Series };
        var name = "registry.gateway." + instrument.Name["registry.".Length..];
        return instrument is Histogram<double> or Histogram<int>
            ? new ExplicitBucketHistogramConfiguration { Name = name, Boundaries = instrument.Name == "registry.propagation" ? FineSeconds : Seconds, CardinalityLimit = Series }
            : new MetricStreamConfiguration { Name = name, CardinalityLimit = Series };
    }
}
