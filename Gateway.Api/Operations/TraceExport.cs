using System.Reflection;
using Gateway.Core.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Api.Operations;

/// <summary>
/// Sends spans by OTLP while the gateway runs, and what is left when it stops. Made only where <see cref="TraceSettings"/> says so; without it
/// nobody listens, and no span is made. Holds the exporting kit, which the host starts and stops.
/// </summary>
internal sealed partial class TraceExport(TraceSettings settings, IConfiguration configuration, ILogger<TraceExport> logger) : IHostedService, IDisposable
{
    /// <summary>The hosting's own spans: one for each request, continuing the caller's W3C context.</summary>
    private const string ServerSource = "Microsoft.AspNetCore";

    // What is in flight may take this much of the 25 s that shutting down has.
    private const int LastExportMilliseconds = 3_000;

    private OpenTelemetrySdk? _sdk;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var unknown in settings.UnknownExporters)
            LogUnknown(logger, unknown);
        if (!settings.IsOn)
            return Task.CompletedTask;
        var version = typeof(TraceExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

        // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes last, and so counts.
        var resource = ResourceBuilder.CreateEmpty()
            .AddService("registry-gateway", serviceVersion: version, serviceInstanceId: configuration["POD_NAME"] ?? Environment.MachineName)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
        _sdk = OpenTelemetrySdk.Create(telemetry =>
        {
            // The exporter, the batches and the sampler read the OTEL_ variables from here.
            telemetry.Services.AddSingleton(configuration);
            telemetry.WithTracing(traces => traces.SetResourceBuilder(resource).AddSource(ServerSource, GatewayTraces.SourceName)).UseOtlpExporter();
        });
        LogExporting(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() => _sdk?.TracerProvider.Shutdown(LastExportMilliseconds), CancellationToken.None);

    public void Dispose() => _sdk?.Dispose();

    [LoggerMessage(1910, LogLevel.Information, "Traces go out by OTLP, as the OTEL_ variables say")]
    private static partial void LogExporting(ILogger logger);

    [LoggerMessage(1911, LogLevel.Warning, "OTEL_TRACES_EXPORTER names {Exporter}, which is not known here; it is left out. Known are otlp and none")]
    private static partial void LogUnknown(ILogger logger, string exporter);
}
