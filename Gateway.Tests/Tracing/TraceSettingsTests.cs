using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Tracing;

/// <summary>Which of the standard variables switch traces on and off.</summary>
public sealed class TraceSettingsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces")]
    [InlineData(true, "OTEL_TRACES_EXPORTER=otlp")]
    [InlineData(false, "OTEL_TRACES_EXPORTER=none", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData(false, "OTEL_SDK_DISABLED=true", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData(false, "OTEL_SERVICE_NAME=gateway", "OTEL_TRACES_SAMPLER=always_on")]
    public void TracesAreOffUnlessAnEndpointOrTheExporterIsNamed(bool isOn, params string[] variables)
    {
        Read(variables).IsOn.ShouldBe(isOn);
    }

    [Fact]
    public void AnUnknownExporterIsNamedAndTheOthersWork()
    {
        var settings = Read("OTEL_TRACES_EXPORTER=zipkin, otlp");

        settings.IsOn.ShouldBeTrue();
        settings.UnknownExporters.ShouldBe(["zipkin"]);
    }

    private static Gateway.Api.Operations.Tracing Read(params string[] variables) => Gateway.Api.Operations.Tracing.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(variables.Select(static variable => variable.Split('=', 2)).Select(static pair => KeyValuePair.Create(pair[0], (string?)pair[1]))).Build());
}
