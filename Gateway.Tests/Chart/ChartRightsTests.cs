using System.Text.Json;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Chart;

/// <summary>The chart grants and fences exactly what the tested manifests say.</summary>
public sealed class ChartRightsTests
{
    private readonly HelmChart _chart = new();

    [Fact]
    public void TheWholeClusterNeedsTheRulesOfTheTestedManifest()
    {
        Rules(_chart.Objects("redis.configuration=redis:6379")).ShouldBe(Manifest("registry-gateway"));
    }

    [Fact]
    public void EndpointsTakeThePlaceOfSlicesAndEventsComeOnTop()
    {
        var rules = Rules(_chart.Objects("redis.configuration=redis:6379", "config.kubernetes.endpoints=Endpoints", "rbac.events=true"));

        rules.ShouldBe(Manifest("registry-gateway", "registry-gateway-endpoints", "registry-gateway-events")
            .Where(static rule => !rule.Contains("endpointslices", StringComparison.Ordinal)));
    }

    [Fact]
    public void NamedNamespacesGetARoleEachAndTheClusterRoleKeepsTheReviewsAlone()
    {
        var objects = _chart.Objects("redis.configuration=redis:6379", "namespaces=[shop, bank]");

        Rules(objects.Where(static item => (string?)item["kind"] == "ClusterRole"))
            .ShouldBe(Manifest("registry-gateway").Where(static rule => rule.Contains("reviews", StringComparison.Ordinal)));
        foreach (var ns in new[] { "shop", "bank" })
        {
            var role = objects.Where(item => (string?)item["kind"] == "Role" && Metadata(item)["namespace"] as string == ns);
            Rules(role).ShouldBe(Manifest("registry-gateway").Where(static rule =>
                rule.Contains(" pods ", StringComparison.Ordinal) || rule.Contains(" services ", StringComparison.Ordinal) || rule.Contains("endpointslices", StringComparison.Ordinal)));
            var binding = objects.Single(item => (string?)item["kind"] == "RoleBinding" && Metadata(item)["namespace"] as string == ns);
            ((List<object?>)binding["subjects"]!).ShouldHaveSingleItem();
            HelmChart.Map(((List<object?>)binding["subjects"]!)[0])["namespace"].ShouldBe("registry");
        }
    }

    [Fact]
    public void NothingIsGrantedWhereTheOperatorGrants()
    {
        _chart.Objects("redis.configuration=redis:6379", "rbac.create=false")
            .ShouldNotContain(static item => ((string)item["kind"]!).Contains("Role", StringComparison.Ordinal));
    }

    [Fact]
    public void ThePolicyIsTheTestedOne()
    {
        var rendered = _chart.Objects("redis.configuration=redis:6379").Where(static item => ((string)item["kind"]!).StartsWith("ValidatingAdmission", StringComparison.Ordinal)).ToList();
        var tested = YamlTree.ReadAll(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "manifests", "pod-policy.yaml"))).Select(HelmChart.Map).ToList();

        rendered.Count.ShouldBe(tested.Count);
        foreach (var (ours, theirs) in rendered.Zip(tested))
        {
            ours["kind"].ShouldBe(theirs["kind"]);
            Metadata(ours)["name"].ShouldBe(Metadata(theirs)["name"]);
            JsonSerializer.Serialize(ours["spec"]).ShouldBe(JsonSerializer.Serialize(theirs["spec"]));
        }
    }

    [Fact]
    public void ThePolicyAllowsOnlyTheMirrorsThatAreSwitchedOn()
    {
        var policy = _chart.Render("redis.configuration=redis:6379", "policy.mirrors=[dubbo-go-1.5]", "config.registry.annotationPrefix=reg.example.com",
            "serviceAccount.name=keeper")["admissionpolicy.yaml"];

        policy.ShouldContain("\"['dubbo.io/annotation']\"");
        policy.ShouldContain("{'reg.example.com/registered': ['true'], 'dubbo.io/label': ['dubbo.io.provider']}");
        policy.ShouldContain("'system:serviceaccount:registry:keeper'");
        policy.ShouldNotContain("registry-gateway.io");
        policy.ShouldNotContain("io.dubbo");
        YamlTree.ReadAll(policy).Count.ShouldBe(2);
        _chart.Render("redis.configuration=redis:6379", "policy.mirrors=[]")["admissionpolicy.yaml"].ShouldContain("{'registry-gateway.io/registered': ['true']}");
    }

    private static Dictionary<string, object?> Metadata(Dictionary<string, object?> item) => HelmChart.Map(item["metadata"]);

    private static List<string> Manifest(params string[] names) =>
        Rules(YamlTree.ReadAll(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "manifests", "least-privilege.yaml"))).Select(HelmChart.Map)
            .Where(item => names.Contains((string)Metadata(item)["name"]!)));

    /// <summary>One line for each resource of each rule, so that the order and grouping of rules do not count.</summary>
    private static List<string> Rules(IEnumerable<Dictionary<string, object?>> objects) =>
        [.. from item in objects
            where (string?)item["kind"] is "Role" or "ClusterRole"
            from rule in ((List<object?>)item["rules"]!).Select(HelmChart.Map)
            from resource in (List<object?>)rule["resources"]!
            let names = rule.TryGetValue("resourceNames", out var only) ? string.Join(",", (List<object?>)only!) : "*"
            let line = $"{item["kind"]} {string.Join(",", (List<object?>)rule["apiGroups"]!)} {resource} {names} {string.Join(",", ((List<object?>)rule["verbs"]!).Cast<string>().Order())}"
            let plain = line.Replace("ClusterRole ", "", StringComparison.Ordinal).Replace("Role ", "", StringComparison.Ordinal)
            orderby plain
            select plain];
}
