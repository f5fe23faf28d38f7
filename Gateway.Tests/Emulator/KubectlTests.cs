using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator;

/// <summary>What people do first: the real kubectl, with its defaults, against the demo cluster.</summary>
public sealed class KubectlTests : IAsyncLifetime
{
    private EmulatedCluster _cluster = null!;
    private Kubectl _kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        _kubectl = new Kubectl(_cluster.Url);
    }

    public async ValueTask DisposeAsync()
    {
        _kubectl?.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task GetPodsPrintsATableOverAllNamespaces()
    {
        var table = Table(await _kubectl.RunAsync("get", "pods", "-A"));
        table[0].ShouldBe("NAMESPACE NAME READY STATUS RESTARTS AGE");
        table.ShouldContain(static row => row.StartsWith("shop orders-1 2/2 Running 0 "));
        table.ShouldContain(static row => row.StartsWith("billing payments-3 1/1 Running 0 "));
        table.Count.ShouldBe(21);

        Table(await _kubectl.RunAsync("get", "pods", "-o", "wide", "-l", "app=orders"))
            .ShouldContain(static row => row.StartsWith("orders-1 2/2 Running 0 ") && row.Contains("10.244.1.11 node-1"));
    }

    [Theory]
    [InlineData("services", "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE", "catalog ClusterIP 10.*80/TCP,9090/TCP")]
    [InlineData("endpoints", "NAME ENDPOINTS AGE", "orders 10.244.1.11:8080,10.244.1.14:8080,10.244.2.12:8080 + 1 more...")]
    [InlineData("endpointslices", "NAME ADDRESSTYPE PORTS ENDPOINTS AGE", "orders-* IPv4 8080 10.244.*")]
    [InlineData("nodes", "NAME STATUS ROLES AGE VERSION", "node-2 Ready <none> *v1.33.0")]
    [InlineData("namespaces", "NAME STATUS AGE", "shop Active *")]
    [InlineData("serviceaccounts", "NAME *AGE", "orders *")]
    [InlineData("svc", "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE", "orders ClusterIP 10.* 80/TCP *")]
    public async Task GetPrintsTheColumnsOfEveryKind(string kind, string header, string row)
    {
        var table = Table(await _kubectl.RunAsync("get", kind));
        Matches(table[0], header).ShouldBeTrue(table[0]);
        table.ShouldContain(line => Matches(line, row), string.Join('\n', table));
    }

    [Fact]
    public async Task GetPrintsAWholeObject()
    {
        var yaml = await _kubectl.RunAsync("get", "pod", "orders-1", "-o", "yaml");
        yaml.ShouldStartWith("apiVersion: v1\nkind: Pod\n");
        yaml.ShouldContain("podIP: 10.244.1.11");
        (await _kubectl.RunAsync("get", "pods", "-o", "name", "-l", "app=carts")).ShouldBe("pod/carts-1\npod/carts-2\npod/carts-3\n");
        (await _kubectl.RunAsync("get", "pod", "orders-2", "-o", "jsonpath={.status.podIP}")).ShouldBe("10.244.2.12");
        (await _kubectl.RefusedAsync("get", "pod", "nobody")).ShouldContain("pods \"nobody\" not found");
    }

    [Fact]
    public async Task WatchPrintsAChange()
    {
        using var watch = _kubectl.Start("get", "pods", "-w", "-l", "app=orders");
        try
        {
            await Kubectl.LineAsync(watch, static line => line.StartsWith("orders-4"));
            _cluster.Player.SetReady("shop", "orders-3", false);
            (await Kubectl.LineAsync(watch, static line => line.StartsWith("orders-3"))).ShouldContain("/2");
        }
        finally
        {
            watch.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task AnnotationsAndLabelsAreSetAndTakenAway()
    {
        await _kubectl.RunAsync("annotate", "pod", "orders-1", "example.com/note=hello");
        await _kubectl.RunAsync("label", "pod", "orders-1", "tier=front");
        var metadata = Pod("orders-1")["metadata"]!;
        ((string?)metadata["annotations"]!["example.com/note"]).ShouldBe("hello");
        ((string?)metadata["labels"]!["tier"]).ShouldBe("front");

        (await _kubectl.RefusedAsync("label", "pod", "orders-1", "tier=back")).ShouldContain("--overwrite");
        await _kubectl.RunAsync("annotate", "pod", "orders-1", "example.com/note-");
        await _kubectl.RunAsync("label", "pod", "orders-1", "tier-");
        metadata = Pod("orders-1")["metadata"]!;
        metadata["annotations"]!["example.com/note"].ShouldBeNull();
        metadata["labels"]!["tier"].ShouldBeNull();
    }

    [Fact]
    public async Task DeletedPodEndsAndLeavesItsService()
    {
        (await _kubectl.RunAsync("delete", "pod", "orders-1", "--now")).ShouldContain("pod \"orders-1\" deleted");
        _cluster.Storage.Get(ResourceKinds.Pods, "shop", "orders-1").ShouldBeNull();
        await _cluster.SettleAsync(TestContext.Current.CancellationToken);
        (await _kubectl.RunAsync("get", "endpointslices", "-l", "kubernetes.io/service-name=orders", "-o", "jsonpath={..addresses}")).ShouldNotContain("10.244.1.11");

        await _kubectl.RunAsync("delete", "pod", "orders-2", "--wait=false");
        Table(await _kubectl.RunAsync("get", "pods")).ShouldContain(static row => row.StartsWith("orders-2 2/2 Terminating "));
    }

    [Fact]
    public async Task CreatedPodIsScheduledAndRuns()
    {
        await _kubectl.RunAsync("create", "-f", _kubectl.Manifest(PodManifest("newcomer")));
        await _kubectl.RunAsync("wait", "--for=condition=Ready", "pod/newcomer", "--timeout=30s");
        ((string?)Pod("newcomer")["status"]!["podIP"]).ShouldStartWith("10.244.");
        (await _kubectl.RefusedAsync("create", "-f", _kubectl.Manifest(PodManifest("newcomer")))).ShouldContain("already exists");
        await _kubectl.RunAsync("delete", "pod", "newcomer", "--grace-period=0", "--force");
    }

    [Fact]
    public async Task ApplyCreatesChangesAndLeavesAlone()
    {
        (await _kubectl.RunAsync("apply", "-f", _kubectl.Manifest(ServiceManifest(80)))).ShouldBe("service/fresh created\n");
        (await _kubectl.RunAsync("apply", "-f", _kubectl.Manifest(ServiceManifest(80)))).ShouldBe("service/fresh unchanged\n");
        (await _kubectl.RunAsync("apply", "-f", _kubectl.Manifest(ServiceManifest(81)))).ShouldBe("service/fresh configured\n");
        ((int)_cluster.Storage.Get(ResourceKinds.Services, "shop", "fresh")!.Content["spec"]!["ports"]![0]!["port"]!).ShouldBe(81);

        (await _kubectl.RunAsync("apply", "-f", _kubectl.Manifest(PodManifest("applied")))).ShouldBe("pod/applied created\n");
        await _kubectl.RunAsync("wait", "--for=condition=Ready", "pod/applied", "--timeout=30s");
        (await _kubectl.RunAsync("apply", "-f", _kubectl.Manifest(PodManifest("applied")))).ShouldBe("pod/applied unchanged\n");
    }

    [Fact]
    public async Task ApplyRefusesUnknownAndDuplicateFields()
    {
        var unknown = PodManifest("wrong").Replace("spec:", "spec:\n  replica: 3");
        (await _kubectl.RefusedAsync("apply", "-f", _kubectl.Manifest(unknown))).ShouldContain("strict decoding error: unknown field \"spec.replica\"");

        // kubectl itself drops duplicates on its way from YAML to JSON; only what it sends as it is can hold any.
        var duplicate = _kubectl.Manifest("""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"wrong"},"spec":{"hostname":"a","hostname":"b","containers":[{"name":"app","image":"x"}]}}
            """);
        (await _kubectl.RefusedAsync("create", "--raw", "/api/v1/namespaces/shop/pods?fieldValidation=Strict", "-f", duplicate))
            .ShouldContain("strict decoding error: duplicate field \"spec.hostname\"");
        _cluster.Storage.Get(ResourceKinds.Pods, "shop", "wrong").ShouldBeNull();
    }

    [Fact]
    public async Task StatusIsPatchedThroughItsSubresource()
    {
        const string Patch = """{"status":{"conditions":[{"type":"Ready","status":"False"}]}}""";
        await _kubectl.RunAsync("patch", "pod", "orders-1", "--subresource=status", "--type=strategic", "-p", Patch);
        Pod("orders-1")["status"]!["conditions"]!.AsArray().Single(static condition => (string?)condition!["type"] == "Ready")!["status"]!.GetValue<string>()
            .ShouldBe("False");

        await _kubectl.RunAsync("patch", "pod", "orders-1", "-p", """{"status":{"phase":"Failed"}}""");
        ((string?)Pod("orders-1")["status"]!["phase"]).ShouldBe("Running");
    }

    [Fact]
    public async Task TokenIsBoundToAPod()
    {
        var token = await _kubectl.RunAsync(
            "create", "token", "orders", "--bound-object-kind", "Pod", "--bound-object-name", "orders-1", "--audience", "registry-gateway");
        var parts = token.Trim().Split('.');
        parts.Length.ShouldBe(3);
        var payload = parts[1].Replace('-', '+').Replace('_', '/');
        var claims = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '='))))!;
        ((string?)claims["kubernetes.io"]!["pod"]!["name"]).ShouldBe("orders-1");
        ((string?)claims["kubernetes.io"]!["pod"]!["uid"]).ShouldBe(_cluster.Storage.Get(ResourceKinds.Pods, "shop", "orders-1")!.Uid);
        claims["aud"]!.AsArray().Select(static audience => (string?)audience).ShouldBe(["registry-gateway"]);
    }

    private JsonObject Pod(string name) => _cluster.Storage.Get(ResourceKinds.Pods, "shop", name)!.Copy();

    private static string PodManifest(string name) => $$"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{name}}
          labels: {app: newcomer}
        spec:
          containers:
          - name: app
            image: registry.example/newcomer:1
            ports: [{name: http, containerPort: 8080}]
            resources: {requests: {cpu: 100m} }
        """;

    private static string ServiceManifest(int port) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: fresh}
        spec:
          selector: {app: newcomer}
          ports: [{name: http, port: {{port}}, targetPort: http }]
        """;

    /// <summary>The lines with single spaces between the columns.</summary>
    private static List<string> Table(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    private static bool Matches(string line, string pattern) =>
        System.Text.RegularExpressions.Regex.IsMatch(line, "^" + System.Text.RegularExpressions.Regex.Escape(pattern).Replace("\\*", ".*"));
}
