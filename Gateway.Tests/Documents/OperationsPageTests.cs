using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Core.Diagnostics;
using Gateway.Tests.Chart;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Layering;
using Gateway.Tests.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Documents;

/// <summary>docs/operations.md names every metric, log id and alert there is, and none that there is not.</summary>
public sealed partial class OperationsPageTests
{
    private readonly string _page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "operations.md"));

    [Fact]
    public async Task EveryMetricIsDescribedAndEveryDescribedMetricExists()
    {
        MetricRow().Matches(_page).Select(static match => match.Groups[1].Value).Order().ShouldBe((await MetricNamesAsync()).Order());
    }

    [Fact]
    public void EveryLogIdIsDescribedAndEveryDescribedIdExists()
    {
        var written = new[] { "Gateway.Core", "Gateway.Api" }.SelectMany(SourceTree.CSharpFiles).SelectMany(static file => LoggedId().Matches(File.ReadAllText(file)))
            .Select(static match => $"{match.Groups[1].Value} {match.Groups[2].Value}").Order();

        LogRow().Matches(_page).Select(static match => $"{match.Groups[1].Value} {match.Groups[2].Value}").Order().ShouldBe(written);
    }

    [Fact]
    public void EveryAlertHasItsRunbookHere()
    {
        var rule = HelmChart.Map(YamlTree.Read(new HelmChart().Render("redis.configuration=redis:6379", "prometheusRule.enabled=true")["prometheusrule.yaml"]));
        var alerts = ((List<object?>)HelmChart.Map(((List<object?>)HelmChart.Map(rule["spec"])["groups"]!)[0])["rules"]!).Select(HelmChart.Map).ToList();

        foreach (var alert in alerts)
        {
            var annotations = HelmChart.Map(alert["annotations"]);
            ((string)annotations["runbook"]!).ShouldStartWith($"docs/operations.md#{((string)alert["alert"]!).ToLowerInvariant()} - ");
            annotations["summary"].ShouldNotBeNull();
            ((string)HelmChart.Map(alert["labels"])["severity"]!).ShouldBeOneOf("critical", "warning");
        }

        AlertHeading().Matches(_page).Select(static match => match.Groups[1].Value).Order().ShouldBe(alerts.Select(static alert => (string)alert["alert"]!).Order());
    }

    [Fact]
    public async Task RulesAndDashboardAskForMetricsThatExist()
    {
        var known = (await MetricNamesAsync()).ToHashSet();
        var rules = new HelmChart().Render("redis.configuration=redis:6379", "prometheusRule.enabled=true")["prometheusrule.yaml"];
        var dashboard = File.ReadAllText(Path.Combine(HelmChart.Root, "dashboards", "registry-gateway.json"));
        var panels = JsonNode.Parse(dashboard)!["panels"]!.AsArray();

        panels.Count.ShouldBeGreaterThan(10);
        panels.Select(static panel => (int)panel!["id"]!).ShouldBeUnique();
        foreach (var name in OwnName().Matches(rules + dashboard).Select(static match => HistogramPart().Replace(match.Value, "")).Distinct())
            known.ShouldContain(name);
    }

    [Fact]
    public async Task TheDashboardsOtherNamesAreThoseOfTheRuntime()
    {
        await using var registry = await TestRegistry.StartAsync();
        await registry.Http.LookUpAsync("shop", "greeting");
        var scraped = await registry.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken).Within();
        var names = RuntimeName().Matches(File.ReadAllText(Path.Combine(HelmChart.Root, "dashboards", "registry-gateway.json"))).Select(static match => match.Value).Distinct().ToList();

        names.ShouldNotBeEmpty();
        foreach (var name in names)
            Regex.IsMatch(scraped, $"^{name}[{{ ]", RegexOptions.Multiline).ShouldBeTrue(name);
    }

    [Fact]
    public void TheVersionTableSpansEveryVersionTheChartAccepts()
    {
        var table = _page[_page.IndexOf("## Kubernetes versions", StringComparison.Ordinal).._page.IndexOf("## Managed clusters", StringComparison.Ordinal)];
        var minors = VersionRow().Matches(table).SelectMany(static match =>
        {
            var first = int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
            var last = match.Groups[2].Success ? int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture) : first;
            return Enumerable.Range(first, last - first + 1);
        });

        minors.ShouldBe(Enumerable.Range(20, 17));
    }

    /// <summary>Every instrument there can be, asked of the class that holds them all, as a scrape names it.</summary>
    private static async Task<List<string>> MetricNamesAsync()
    {
        await using var registry = await TestRegistry.StartAsync();
        var metrics = registry.Gateway.Services.GetRequiredService<GatewayMetrics>();
        const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (var property in typeof(GatewayMetrics).GetProperties(Everything).Where(static property => property.PropertyType.IsAssignableTo(typeof(Instrument))))
            Measure((Instrument)property.GetValue(metrics)!);
        foreach (var observe in typeof(GatewayMetrics).GetMethods(Everything).Where(static method => method.Name.StartsWith("Observe", StringComparison.Ordinal)))
            observe.Invoke(metrics, [.. observe.GetParameters().Select(static parameter => Constant(parameter.ParameterType))]);

        var scrape = await registry.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken).Within();
        return [.. PrometheusText.Read(scrape, isOpenMetrics: false).Families.Keys.Where(static name => name.StartsWith("registry_gateway_", StringComparison.Ordinal))];
    }

    private static void Measure(Instrument instrument)
    {
        switch (instrument)
        {
            case Counter<long> counter:
                counter.Add(1);
                break;
            case UpDownCounter<long> level:
                level.Add(1);
                break;
            case Gauge<long> gauge:
                gauge.Record(1);
                break;
            case Histogram<double> durations:
                durations.Record(1);
                break;
            case Histogram<int> sizes:
                sizes.Record(1);
                break;
            default:
                throw new NotSupportedException($"{instrument.GetType()} is new; say here how it is measured");
        }
    }

    private static object Constant(Type function) => function switch
    {
        _ when function == typeof(Func<int>) => () => 0,
        _ when function == typeof(Func<int?>) => () => (int?)0,
        _ when function == typeof(Func<long>) => () => 0L,
        _ when function == typeof(Func<double>) => () => 0.0,
        _ when function == typeof(Func<bool>) => () => false,
        _ => throw new NotSupportedException($"{function} is observed; say here what it may answer"),
    };

    [GeneratedRegex(@"^\| `(registry_gateway_\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"^\| (\d{4}) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex LogRow();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(\d{4}),\s*LogLevel\.(\w+)")]
    private static partial Regex LoggedId();

    [GeneratedRegex(@"^### (RegistryGateway\w+)$", RegexOptions.Multiline)]
    private static partial Regex AlertHeading();

    [GeneratedRegex(@"\bregistry_gateway_\w+")]
    private static partial Regex OwnName();

    [GeneratedRegex(@"\b(http|dotnet|kestrel|aspnetcore)_\w+_(bucket|count|bytes|seconds|total)\b")]
    private static partial Regex RuntimeName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();

    [GeneratedRegex(@"^\| 1\.(\d\d)(?: – 1\.(\d\d))? \|", RegexOptions.Multiline)]
    private static partial Regex VersionRow();
}
