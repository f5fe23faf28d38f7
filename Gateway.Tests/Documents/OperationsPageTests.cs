using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Api.Operations;
using Gateway.Core.Diagnostics;
using Gateway.Tests.Chart;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>docs/operations.md names every metric, log id and alert there is, and none that there is not.</summary>
public sealed partial class OperationsPageTests
{
    private readonly string _page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "operations.md"));

    [Fact]
    public void EveryMetricIsDescribedAndEveryDescribedMetricExists()
    {
        MetricRow().Matches(_page).Select(static match => match.Groups[1].Value).Order().ShouldBe(MetricNames().Order());
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
    public void RulesAndDashboardAskForMetricsThatExist()
    {
        var known = MetricNames().ToHashSet();
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
        await using var registry = await EndToEnd.TestRegistry.StartAsync();
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

    /// <summary>Every instrument there can be, asked of the class that holds them all.</summary>
    private static List<string> MetricNames()
    {
        using var metrics = new GatewayMetrics();
        var names = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (!metrics.Owns(instrument.Meter))
                return;
            var family = new MetricFamily(instrument);
            names.Add(family.IsCounter ? family.Name + "_total" : family.Name);
        };
        listener.Start();
        const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (var property in typeof(GatewayMetrics).GetProperties(Everything).Where(static property => property.PropertyType.IsAssignableTo(typeof(Instrument))))
            property.GetValue(metrics);
        foreach (var observe in typeof(GatewayMetrics).GetMethods(Everything).Where(static method => method.Name.StartsWith("Observe", StringComparison.Ordinal)))
            observe.Invoke(metrics, [.. observe.GetParameters().Select(static parameter => Constant(parameter.ParameterType))]);
        return names;
    }

    private static object Constant(Type function) => function switch
    {
        _ when function == typeof(Func<int>) => () => 0,
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
