using System.Diagnostics;
using System.Globalization;
using System.Net.Mime;
using Gateway.Core.Diagnostics;
using OpenTelemetry.Exporter;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Api.Operations;

/// <summary>
/// Spans by OTLP, from the standard <c>OTEL_*</c> variables: off unless an OTLP endpoint or the exporter <c>otlp</c> is set; then there is no listener
/// and no span is created. Spans that are left are sent when the host is disposed of.
/// </summary>
internal sealed partial class Tracing(bool isOn, IReadOnlyList<string> unknownExporters)
{
    private const string Otlp = "otlp";
    private const string None = "none";

    // Of the URL only the path is recorded, and of the headers nothing: server.* is the header Host.
    private static readonly string[] Withheld = ["url.query", "user_agent.original", "server.address", "server.port"];

    // Probes and scrapes.
    private static readonly string[] Operations = ["/livez", "/readyz", "/metrics"];

    /// <summary>Spans are created and exported.</summary>
    public bool IsOn { get; } = isOn;

    /// <summary>Names in <c>OTEL_TRACES_EXPORTER</c> that are not supported.</summary>
    public IReadOnlyList<string> UnknownExporters { get; } = unknownExporters;

    public static Tracing Read(IConfiguration configuration)
    {
        var exporters = (configuration["OTEL_TRACES_EXPORTER"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var isNamed = exporters.Length == 0
            ? IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            : exporters.Contains(Otlp, StringComparer.OrdinalIgnoreCase);
        var isDisabled = string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);
        return new(isNamed && !isDisabled, [.. exporters.Where(static name => name is not (Otlp or None))]);

        bool IsSet(string name) => !string.IsNullOrWhiteSpace(configuration[name]);
    }

    /// <summary>The exporter, the batches and the sampler read the variables from the application's configuration.</summary>
    public void AddTo(IServiceCollection services, IConfiguration configuration)
    {
        if (!IsOn)
            return;
        services.Configure<AspNetCoreTraceInstrumentationOptions>(static options =>
        {
            options.Filter = IsTraced;
            options.EnrichWithHttpRequest = static (span, _) => Withhold(span);
        });
        services.AddOpenTelemetry().WithTracing(traces => traces
            .SetResourceBuilder(Resource(configuration))
            .AddAspNetCoreInstrumentation()
            .AddSource(GatewayTraces.SourceName)
            .AddOtlpExporter(options => ReadTraceVariables(options, configuration)));
    }

    public void Report(ILogger logger)
    {
        foreach (var unknown in UnknownExporters)
            LogUnknown(logger, unknown);
        if (IsOn)
            LogExporting(logger);
    }

    private static bool IsTraced(HttpContext context) =>
        !Operations.Contains(context.Request.Path.Value)
        && context.Request.Path.Value?.EndsWith("/watch", StringComparison.Ordinal) != true
        && !context.Request.Headers.Accept.Any(static accept => accept?.Contains(MediaTypeNames.Text.EventStream, StringComparison.OrdinalIgnoreCase) == true);

    private static void Withhold(Activity span)
    {
        foreach (var name in Withheld)
            span.SetTag(name, null);
    }

    private static ResourceBuilder Resource(IConfiguration configuration)
    {
        // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last and so override.
        return ResourceBuilder.CreateEmpty()
            .AddService("registry-gateway", serviceVersion: BuildVersion.Text, serviceInstanceId: configuration["POD_NAME"] ?? Environment.MachineName)
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
    }

    /// <summary>The exporter itself reads the variables for all signals; those for traces override them.</summary>
    private static void ReadTraceVariables(OtlpExporterOptions options, IConfiguration configuration)
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
