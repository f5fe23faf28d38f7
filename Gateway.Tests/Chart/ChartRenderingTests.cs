using System.Text.Json.Nodes;
using Gateway.Tests.Callers;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Chart;

/// <summary>What the chart makes of values, and which it refuses.</summary>
public sealed class ChartRenderingTests
{
    private const string Redis = "redis.configuration=redis:6379";

    private readonly HelmChart _chart = new();

    [Fact]
    public void TheDefaultsWithRedisMakeEveryObjectAnInstallationNeeds()
    {
        _chart.Objects(Redis).Select(static item => (string)item["kind"]!).Order().ShouldBe(
        [
            "ClusterRole", "ClusterRoleBinding", "ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Role", "RoleBinding", "Service", "ServiceAccount",
            "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
        ]);
    }

    [Theory]
    [InlineData("true", "replicaCount=1")]
    [InlineData(null, Redis)]
    [InlineData(null, Redis + " replicaCount=1 autoscaling.enabled=true")]
    public void OneReplicaThatStaysAloneKnowsAllSubscribers(string? expected, string values)
    {
        Environment(values.Split(' ')).GetValueOrDefault("Subscriptions__SingleReplica").ShouldBe(expected);
    }

    [Fact]
    public void ProtobufIsSwitchedOffByAValue()
    {
        Environment(Redis).ShouldNotContainKey("Kubernetes__Protobuf");
        Environment(Redis, "config.kubernetes.protobuf=false")["Kubernetes__Protobuf"].ShouldBe("false");
    }

    [Fact]
    public void EverySwitchAddsItsObject()
    {
        var kinds = _chart.Objects(Redis, "autoscaling.enabled=true", "ingress.enabled=true", "flowSchema.enabled=true", "serviceMonitor.enabled=true",
            "prometheusRule.enabled=true", "dashboard.enabled=true", "ingress.className=nginx", "ingress.tls=[{secretName: a, hosts: [b]}]",
            "networkPolicy.from=[{podSelector: {}}]", "extraEnv=[{name: A, value: b}]", "extraVolumes=[{name: v, emptyDir: {}}]",
            "extraVolumeMounts=[{name: v, mountPath: /v}]", "podLabels={team: a}", "podAnnotations={note: b}", "tolerations=[{operator: Exists}]",
            "nodeSelector={disk: ssd}", "affinity={nodeAffinity: {}}", "priorityClassName=high", "imagePullSecrets=[{name: regcred}]", "tls.existingSecret=cert",
            "config.extra={Leases__Enabled: true}", "config.identity.trustedProxies=[10.0.0.0/8]", "config.registry.mirrors=[generic]", "podSelector=tier=legacy",
            "serviceMonitor.labels={a: b}", "prometheusRule.labels={a: b}", "service.annotations={a: b}", "serviceAccount.annotations={a: b}")
            .Select(static item => (string)item["kind"]!).ToList();

        foreach (var kind in new[] { "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "ServiceMonitor", "PrometheusRule", "FlowSchema", "PriorityLevelConfiguration" })
            kinds.Count(each => each == kind).ShouldBe(1);
        kinds.Count(static each => each == "ConfigMap").ShouldBe(2, "settings and dashboard");
        kinds.Where(static each => each != "ConfigMap").ShouldBeUnique();
    }

    [Fact]
    public void OneReplicaNeedsNoRedisAndNoDisruptionBudget()
    {
        _chart.Objects("replicaCount=1").ShouldNotContain(static item => (string?)item["kind"] == "PodDisruptionBudget");
    }

    [Theory]
    [InlineData("needs Redis", "replicaCount=2")]
    [InlineData("needs Redis", "replicaCount=1", "autoscaling.enabled=true")]
    [InlineData("trustedProxies", Redis, "ingress.enabled=true", "config.identity.sourceAddress=true")]
    [InlineData("exclude each other", Redis, "redis.existingSecret=redis")]
    [InlineData("policy.mirrors", Redis, "config.registry.mirrors=[generic]", "policy.mirrors=[]")]
    [InlineData("facades.tokens=true", Redis, "facades.eureka=true")]
    [InlineData("facades.tokens=true", Redis, "facades.prometheus=true", "facades.namespace=shop")]
    [InlineData("facades.leases needs", "replicaCount=1", "config.leases.enabled=false", "facades.leases=true")]
    [InlineData("serviceAccount.name", Redis, "serviceAccount.create=false")]
    public void WhatWouldRunWronglyIsRefusedInWords(string words, params string[] set)
    {
        Should.Throw<ChartFailureException>(() => _chart.Render(set)).Message.ShouldContain(words);
    }

    [Fact]
    public void AClusterWithoutThePolicyApiIsAcceptedOnlyKnowingly()
    {
        Should.Throw<ChartFailureException>(() => _chart.Render(knowsPolicy: false, Redis)).Message.ShouldContain("policy.required=false");

        var files = _chart.Render(knowsPolicy: false, Redis, "policy.required=false");
        files["admissionpolicy.yaml"].Trim().ShouldBeEmpty();
        files["NOTES.txt"].ShouldContain("no ValidatingAdmissionPolicy");
    }

    [Fact]
    public void LeasesCanBeSwitchedOffInsteadOfRedis()
    {
        Environment("config.leases.enabled=false")["Leases__Enabled"].ShouldBe("false");
    }

    [Fact]
    public void SettingsBecomeEnvironmentVariablesOfTheSameNames()
    {
        var environment = Environment(Redis, "namespaces=[shop, bank]", "config.registry.mirrors=[generic, dubbo-java]", "config.registry.formats=[gateway, dubbo-go]",
            "config.extra={Subscriptions__MaxStreams: 5}");

        environment["Kubernetes__Namespaces__1"].ShouldBe("bank");
        environment["Registry__Mirrors__1"].ShouldBe("dubbo-java");
        environment["Registry__Formats__1"].ShouldBe("dubbo-go");
        environment["Registry__MaxBytesPerPod"].ShouldBe("131072");
        environment["Subscriptions__MaxStreams"].ShouldBe("5");
        environment["Redis__Configuration"].ShouldBe("redis:6379");
        environment["ASPNETCORE_URLS"].ShouldBe("http://+:8080");
    }

    [Fact]
    public void FacadesBecomeEnvironmentVariablesAndPathsOfTheIngress()
    {
        string[] values = [Redis, "facades.eureka=true", "facades.consul=true", "facades.spring=true", "facades.tokens=true", "facades.leases=true",
            "facades.namespace=shop", "facades.sources=[gateway, declared]", "facades.aliases={5f0c: shop}"];
        var environment = Environment(values);

        environment["Facades__Eureka"].ShouldBe("true");
        environment["Facades__Nacos"].ShouldBe("false");
        environment["Facades__Leases"].ShouldBe("true");
        environment["Facades__Namespace"].ShouldBe("shop");
        environment["Facades__Sources__1"].ShouldBe("declared");
        environment["Facades__Aliases__5f0c"].ShouldBe("shop");
        Environment(Redis, "facades.nacos=true", "config.identity.sourceAddress=true")["Facades__Nacos"].ShouldBe("true");
        IngressPaths([.. values, "ingress.enabled=true"]).ShouldBe(["/v1", "/eureka", "/apps", "/app", "/state", "/ns"]);
        IngressPaths(Redis, "facades.prometheus=true", "facades.tokens=true", "ingress.enabled=true").ShouldBe(["/v1", "/prometheus", "/nacos/prometheus", "/ns"]);
        environment["Facades__SpringPodLabels"].ShouldBe("false");
        Environment([.. values, "facades.springPodLabels=true"])["Facades__SpringPodLabels"].ShouldBe("true");
    }

    [Fact]
    public void TheRightToLeaveEventsSwitchesThemOn()
    {
        Environment(Redis, "rbac.events=true")["Registration__Events"].ShouldBe("true");
        Environment(Redis).ShouldNotContainKey("Registration__Events");
        File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "configuration.md")).ShouldContain("`Registration__Events`");
    }

    [Fact]
    public void TheKeysInRedisBelongToTheRelease()
    {
        var release = Environment(Redis)["Redis__KeyPrefix"].ShouldNotBeNull();
        release.Split('/').Length.ShouldBe(2);
        Environment(Redis, "redis.keyPrefix=registry-gateway")["Redis__KeyPrefix"].ShouldBe("registry-gateway");
        Environment("replicaCount=1").ShouldNotContainKey("Redis__KeyPrefix");
        Environment(Redis).ShouldNotContainKey("Redis__SharedSecret");
        Environment(Redis, "redis.sharedSecret.existingSecret=keys").ShouldContainKey("Redis__SharedSecret");
    }

    [Fact]
    public void EverySettingOfTheDeploymentIsOneThatTheGatewayKnows()
    {
        var reference = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "configuration.md"));
        var settings = Environment(Redis, "namespaces=[shop]", "config.registry.mirrors=[generic]", "config.registry.formats=[generic]", "podSelector=tier=legacy", "config.identity.trustedProxies=[10.0.0.0/8]").Keys
            .Where(static name => name.Contains("__", StringComparison.Ordinal) && !name.StartsWith("Logging", StringComparison.Ordinal)).ToList();

        settings.Count.ShouldBeGreaterThan(12);
        settings.Where(name => !reference.Contains($"`{name.Replace("__0", "__0..n", StringComparison.Ordinal)}`", StringComparison.Ordinal)).ShouldBeEmpty();
        Environment(Redis, "fullnameOverride=other")["Election__Name"].ShouldBe("other", "the Role allows the Lease of this name alone");
    }

    [Fact]
    public void LogLevelsStandInAFileThatRunningGatewaysReadAgain()
    {
        var files = _chart.Render(Redis, "config.logLevel=Debug");

        var settings = HelmChart.Map(HelmChart.Map(YamlTree.Read(files["settings.yaml"]))["data"]);
        ((string?)JsonNode.Parse((string)settings["settings.json"]!)!["Logging"]!["LogLevel"]!["Default"]).ShouldBe("Debug");
        Environment(Redis)["SettingsFile"].ShouldBe("/settings/settings.json");
        files["deployment.yaml"].ShouldContain("{name: settings, mountPath: /settings, readOnly: true}");
        Environment(Redis).Keys.ShouldNotContain(static name => name.StartsWith("Logging", StringComparison.Ordinal), "it would not change while the process runs");
    }

    [Fact]
    public void ASecretOfCertificatesMakesEverythingHttps()
    {
        var files = _chart.Render(Redis, "tls.existingSecret=cert", "serviceMonitor.enabled=true");

        Environment(Redis, "tls.existingSecret=cert")["ASPNETCORE_URLS"].ShouldBe("https://+:8080");
        files["deployment.yaml"].ShouldContain("secretName: cert");
        files["deployment.yaml"].ShouldContain("scheme: HTTPS");
        files["service.yaml"].ShouldContain("name: https");
        files["servicemonitor.yaml"].ShouldContain("scheme: https");
    }

    [Fact]
    public void TheContainerMayDoNothingThatItDoesNotNeed()
    {
        var pod = HelmChart.Map(HelmChart.Map(HelmChart.Map(_chart.Objects(Redis).Single(static item => (string?)item["kind"] == "Deployment")["spec"])["template"])["spec"]);
        var container = HelmChart.Map(((List<object?>)pod["containers"]!).Single());
        var context = HelmChart.Map(container["securityContext"]);

        HelmChart.Map(pod["securityContext"])["runAsNonRoot"].ShouldBe(true);
        context["readOnlyRootFilesystem"].ShouldBe(true);
        context["allowPrivilegeEscalation"].ShouldBe(false);
        ((List<object?>)HelmChart.Map(context["capabilities"])["drop"]!).ShouldBe(["ALL"]);
        HelmChart.Map(HelmChart.Map(HelmChart.Map(container["lifecycle"])["preStop"])["sleep"])["seconds"].ShouldBe(5L);
        ((long)pod["terminationGracePeriodSeconds"]!).ShouldBeGreaterThan(35L);
    }

    [Fact]
    public void NoServiceBecomesAVariableAndOnlyTheGatewaysPodHasTheToken()
    {
        var objects = _chart.Objects(Redis);
        var pod = Pod(Redis);

        pod["enableServiceLinks"].ShouldBe(false);
        pod["automountServiceAccountToken"].ShouldBe(true);
        objects.Single(static item => (string?)item["kind"] == "ServiceAccount")["automountServiceAccountToken"].ShouldBe(false);
        foreach (var manifest in Manifests.Read("least-privilege.yaml").Where(static item => (string?)item["kind"] == "ServiceAccount"))
            ((bool?)manifest["automountServiceAccountToken"]).ShouldBe(false);
    }

    [Fact]
    public void EveryEmptyDirHasALimit()
    {
        var volumes = ((List<object?>)Pod(Redis)["volumes"]!).Select(HelmChart.Map).Where(static volume => volume.ContainsKey("emptyDir")).ToList();

        volumes.ShouldHaveSingleItem();
        HelmChart.Map(volumes[0]["emptyDir"])["sizeLimit"].ShouldBe("64Mi");
    }

    [Fact]
    public void AnImageIsNamedByItsDigestWhereOneIsGiven()
    {
        var digest = "sha256:" + new string('a', 64);

        Image(Redis, "image.tag=1.2", $"image.digest={digest}").ShouldBe($"registry-gateway@{digest}");
        Image(Redis, "image.tag=1.2").ShouldBe("registry-gateway:1.2");
    }

    [Fact]
    public void TheIngressRoutesTheApiAloneUnlessAskedForMore()
    {
        IngressPaths(Redis, "ingress.enabled=true").ShouldBe(["/v1"]);
        IngressPaths(Redis, "ingress.enabled=true", "ingress.paths=[/v1, /console]").ShouldBe(["/v1", "/console"]);
        IngressPaths(Redis, "ingress.enabled=true", "ingress.console=true").ShouldBe(["/v1", "/console"]);
        IngressPaths(Redis, "ingress.enabled=true", "ingress.hosts=[{host: a, path: /}]").ShouldBe(["/"], "a host may have a path of its own");
    }

    [Fact]
    public void TheGatewayConnectsToDnsTheApiServerAndRedisAlone()
    {
        var policy = NetworkPolicy(Redis);

        ((List<object?>)policy["policyTypes"]!).ShouldBe(["Ingress", "Egress"]);
        EgressPorts(policy).ShouldBe(["53", "53", "443,6443", "6379"], ignoreOrder: true);
        EgressPorts(NetworkPolicy("replicaCount=1")).ShouldBe(["53", "53", "443,6443"], ignoreOrder: true);
        var named = NetworkPolicy(Redis, "networkPolicy.egress.apiServer=[{ipBlock: {cidr: 10.0.0.1/32}}]", "networkPolicy.egress.redis=[{podSelector: {}}]",
            "networkPolicy.egress.extra=[{ports: [{port: 4317}]}]");
        ((List<object?>)named["egress"]!).Count.ShouldBe(4);
        ((List<object?>)named["egress"]!).Select(HelmChart.Map).Count(static rule => rule.ContainsKey("to")).ShouldBe(2);
        NetworkPolicy(Redis, "networkPolicy.egress.enabled=false").ShouldNotContainKey("egress");
        _chart.Objects(Redis, "networkPolicy.enabled=false").ShouldNotContain(static item => (string?)item["kind"] == "NetworkPolicy");
    }

    [Fact]
    public void WritesAndReviewsHaveALevelOfTheirOwnWhereAskedFor()
    {
        var objects = _chart.Objects(Redis, "flowSchema.enabled=true");
        var flow = HelmChart.Map(objects.Single(static item => (string?)item["kind"] == "FlowSchema")["spec"]);
        var level = objects.Single(static item => (string?)item["kind"] == "PriorityLevelConfiguration");

        HelmChart.Map(flow["priorityLevelConfiguration"])["name"].ShouldBe(HelmChart.Map(level["metadata"])["name"]);
        var rules = (List<object?>)HelmChart.Map(((List<object?>)flow["rules"]!).Single())["resourceRules"]!;
        rules.Select(HelmChart.Map).SelectMany(static rule => (List<object?>)rule["verbs"]!).ShouldNotContain("list");
        rules.Select(HelmChart.Map).SelectMany(static rule => (List<object?>)rule["verbs"]!).ShouldNotContain("watch");
        _chart.Objects(Redis).ShouldNotContain(static item => (string?)item["kind"] == "FlowSchema");
    }

    [Fact]
    public void TheReadmesCommandInstalls()
    {
        var line = File.ReadAllLines(Path.Combine(SourceTree.Root, "README.md")).Single(static line => line.StartsWith("helm install", StringComparison.Ordinal));

        var objects = _chart.Objects([.. line.Split(" --set ")[1..].Select(static set => set.Trim())]);

        objects.ShouldContain(static item => (string?)item["kind"] == "Deployment");
    }

    [Fact]
    public void TheNotesGiveThreeCommands()
    {
        var notes = _chart.Render(Redis)["NOTES.txt"];

        notes.Split('\n').Count(static line => line.StartsWith("  ", StringComparison.Ordinal) && line.Trim().Length > 0).ShouldBe(3);
        notes.ShouldContain("kubectl -n registry port-forward svc/registry-gateway 8080:8080");
        notes.ShouldContain("sent unencrypted");
        _chart.Render(Redis, "tls.existingSecret=cert")["NOTES.txt"].ShouldNotContain("sent unencrypted");
    }

    private Dictionary<string, object?> Pod(params string[] set) =>
        HelmChart.Map(HelmChart.Map(HelmChart.Map(_chart.Objects(set).Single(static item => (string?)item["kind"] == "Deployment")["spec"])["template"])["spec"]);

    private string? Image(params string[] set) => HelmChart.Map(((List<object?>)Pod(set)["containers"]!).Single())["image"] as string;

    private List<string?> IngressPaths(params string[] set)
    {
        var spec = HelmChart.Map(_chart.Objects(set).Single(static item => (string?)item["kind"] == "Ingress")["spec"]);
        var http = HelmChart.Map(HelmChart.Map(((List<object?>)spec["rules"]!).Single())["http"]);
        return [.. ((List<object?>)http["paths"]!).Select(static path => HelmChart.Map(path)["path"] as string)];
    }

    private Dictionary<string, object?> NetworkPolicy(params string[] set) =>
        HelmChart.Map(_chart.Objects(set).Single(static item => (string?)item["kind"] == "NetworkPolicy")["spec"]);

    /// <summary>The ports of each rule; DNS is one rule of two.</summary>
    private static IEnumerable<string> EgressPorts(Dictionary<string, object?> policy) => ((List<object?>)policy["egress"]!).Select(HelmChart.Map)
        .Select(static rule => string.Join(',', ((List<object?>)rule["ports"]!).Select(static port => $"{HelmChart.Map(port)["port"]}")))
        .SelectMany(static ports => ports == "53,53" ? ports.Split(',') : [ports]);

    private Dictionary<string, string?> Environment(params string[] set)
    {
        var pod = HelmChart.Map(HelmChart.Map(HelmChart.Map(_chart.Objects(set).Single(static item => (string?)item["kind"] == "Deployment")["spec"])["template"])["spec"]);
        var container = HelmChart.Map(((List<object?>)pod["containers"]!).Single());
        return ((List<object?>)container["env"]!).Select(HelmChart.Map).ToDictionary(static entry => (string)entry["name"]!, static entry => entry.GetValueOrDefault("value") as string);
    }
}
