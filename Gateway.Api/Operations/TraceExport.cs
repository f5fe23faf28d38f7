using System.Globalization;
using System.Reflection;
using Gateway.Core.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Api.Operations;

/// <summary>
/// Exports spans by OTLP while the gateway runs, and flushes them when it stops. Created only if <see cref="TraceSettings"/> enables it;
/// otherwise there is no listener and no span is created. Owns the exporter, which the host starts and stops.
/// </summary>
internal sealed partial class TraceExport(TraceSettings settings, IConfiguration configuration, ILogger<TraceExport> logger) : IHostedService, IDisposable
{
    /// <summary>ASP.NET Core's own spans: one for each request, continuing the caller's W3C context.</summary>
    private const string ServerSource = "Microsoft.AspNetCore";

    // The final export may take this part of the 25 s that a shutdown has.
    private const int LastExportMilliseconds = 3_000;

    private OpenTelemetrySdk? _sdk;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var unknown in settings.UnknownExporters)
            LogUnknown(logger, unknown);
        if (!settings.IsOn)
            return Task.CompletedTask;
        var version = typeof(TraceExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

        // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last and so override.
        var resource = ResourceBuilder.CreateEmpty()
            .AddService("registry-gateway", serviceVersion: version, serviceInstanceId: configuration["POD_NAME"] ?? Environment.MachineName)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
        _sdk = OpenTelemetrySdk.Create(telemetry =>
        {
            // The exporter, the batches and the sampler read the OTEL_ variables from here.
            telemetry.Services.AddSingleton(configuration);
            telemetry.WithTracing(traces => traces.SetResourceBuilder(resource).AddSource(ServerSource, GatewayTraces.SourceName).AddOtlpExporter(ReadTraceVariables));
        });
        LogExporting(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() => _sdk?.TracerProvider.Shutdown(LastExportMilliseconds), CancellationToken.None);

    public void Dispose() => _sdk?.Dispose();

    /// <summary>The exporter itself reads the variables for all signals; those for traces override them.</summary>
    private void ReadTraceVariables(OtlpExporterOptions options)
    {
        if (Variable("PROTOCOL") is { } protocol)
            options.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        if (Uri.TryCreate(Variable("ENDPOINT"), UriKind.Absolute, out var endpoint))
            options.Endpoint = endpoint;
        if (Variable("HEADERS") is { } headers)
            options.Headers = headers;
        if (int.TryParse(Variable("TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var timeout))
            options.TimeoutMilliseconds = timeout;

        string? Variable(string name) => configuration[$"OTEL_EXPORTER_OTLP_TRACES_{name}"] is { Length: > 0 } value ? value : null;
    }

    [LoggerMessage(1910, LogLevel.Information, "Exporting traces by OTLP, configured by the OTEL_ variables")]
    private static partial void LogExporting(ILogger logger);

    [LoggerMessage(1911, LogLevel.Warning, "OTEL_TRACES_EXPORTER names the unsupported exporter {Exporter}; it is ignored. Supported are otlp and none")]
    private static partial void LogUnknown(ILogger logger, string exporter);
}
