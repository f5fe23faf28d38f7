namespace Gateway.Api.Operations;

/// <summary>
/// Whether traces are exported, from the standard <c>OTEL_*</c> variables: off unless an OTLP endpoint or the exporter <c>otlp</c> is set. The
/// exporter itself reads address, protocol and sampling from the same variables.
/// </summary>
/// <param name="IsOn">Spans are created and exported.</param>
/// <param name="UnknownExporters">Names in <c>OTEL_TRACES_EXPORTER</c> that are not supported.</param>
public sealed record TraceSettings(bool IsOn, IReadOnlyList<string> UnknownExporters)
{
    private const string Otlp = "otlp";
    private const string None = "none";

    /// <summary>Whether there is anything to export or to warn about.</summary>
    public bool IsNamed => IsOn || UnknownExporters.Count > 0;

    public static TraceSettings Read(IConfiguration configuration)
    {
        var exporters = (configuration["OTEL_TRACES_EXPORTER"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var isNamed = exporters.Length == 0
            ? IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            : exporters.Contains(Otlp, StringComparer.OrdinalIgnoreCase);
        var isDisabled = string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);
        return new(isNamed && !isDisabled, [.. exporters.Where(static name => name is not (Otlp or None))]);

        bool IsSet(string name) => !string.IsNullOrWhiteSpace(configuration[name]);
    }
}
