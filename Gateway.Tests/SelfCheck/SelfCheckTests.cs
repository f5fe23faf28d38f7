using System.Text.Json.Nodes;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.SelfCheck;
using Gateway.Emulator.Storage;
using Gateway.Tests.Callers;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.SelfCheck;

/// <summary>A gateway tells by itself what it would be refused, before a caller finds out.</summary>
public sealed class SelfCheckTests
{
    private static readonly (string, string)[] InPod = [("POD_NAME", "registry-gateway-0"), ("POD_NAMESPACE", "registry")];

    [Fact]
    public async Task WithTheRightsOfTheManifestEverythingPasses()
    {
        await using var registry = await StartAsync();
        var line = await registry.Logs.WaitForAsync(2200);
        line.Level.ShouldBe(LogLevel.Information);
        var check = await ReportAsync(registry);
        State(check, "rights").ShouldBe("passed");
        State(check, "write").ShouldBe("passed");
        Stored(registry).ShouldNotContain("self-check", Case.Sensitive, "a dry run stores nothing");
        registry.Cluster.Requests.Count(static request => request.Method == "PATCH" && request.Query.Contains("dryRun=All", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData("pods", "patch", "patch pods in the whole cluster")]
    [InlineData("endpointslices", "watch", "watch endpointslices.discovery.k8s.io in the whole cluster")]
    [InlineData("tokenreviews", "create", "create tokenreviews.authentication.k8s.io in the whole cluster")]
    [InlineData("subjectaccessreviews", "create", "create subjectaccessreviews.authorization.k8s.io in the whole cluster")]
    [InlineData("leases", "update", "update leases.coordination.k8s.io in namespace registry")]
    public async Task AMissingVerbIsNamedInOneSentence(string resource, string verb, string words)
    {
        await using var registry = await StartAsync(world => Revoke(world, resource, verb), synced: false);
        var line = await registry.Logs.WaitForAsync(2201);
        line.Level.ShouldBe(LogLevel.Error);
        line.Text.Trim().ShouldBe($"Self-check: The gateway's account may not {words}: grant it as docs/manifests/least-privilege.yaml does.");
        var check = await ReportAsync(registry);
        State(check, "rights").ShouldBe("refused");
        ((string)check["rights"]!["detail"]!).ShouldContain(words);
    }

    [Fact]
    public async Task EventsAreARightOnlyWhereTheyAreSwitchedOn()
    {
        await using var registry = await StartAsync(null, true, ("Registration:Events", "true"));
        (await registry.Logs.WaitForAsync(2201)).Text.ShouldContain("may not create events.events.k8s.io in the whole cluster:");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AWebhookThatWouldRefuseIsFoundOut(bool denies)
    {
        await using var registry = await StartAsync(world =>
        {
            if (denies)
                world.Cluster.Faults.DenyByWebhook("annotations are for people");
            else
                world.Cluster.Faults.WebhookTimeout();
        });
        var line = await registry.Logs.WaitForAsync(2202);
        line.Text.ShouldContain(denies ? "annotations are for people" : "failed calling webhook");
        var answer = await registry.Http.GetJsonAsync("/readyz");
        ((bool)answer["ready"]!).ShouldBeTrue("starting it again would not help");
        State(answer["selfCheck"]!, "write").ShouldBe("refused");
        State(answer["selfCheck"]!, "rights").ShouldBe("passed");
    }

    [Fact]
    public async Task APolicyForAnotherPrefixIsFoundOut()
    {
        await using var registry = await StartAsync(null, true, ("Registry:AnnotationPrefix", "registry.example.com"));
        (await registry.Logs.WaitForAsync(2202)).Text.ShouldContain("ValidatingAdmissionPolicy 'registry-gateway-pods'");
        ((string)(await ReportAsync(registry))["write"]!["detail"]!).ShouldContain("the gateway may change only annotations");
    }

    [Fact]
    public async Task WhatWasMendedShowsWithinAMinute()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var registry = await FencedRegistry.StartAsync(time, static world =>
        {
            world.Create(ResourceKinds.Pods, """{"metadata":{"name":"registry-gateway-0","namespace":"registry"},"spec":{"containers":[{"name":"gateway","image":"example/gateway:1"}]}}""");
            world.Cluster.Faults.DenyByWebhook("not on Fridays");
        }, InPod);
        await registry.Logs.WaitForAsync(2202);
        registry.Cluster.Faults.RemoveWebhooks();
        await time.WaitForTimerAsync(TimeSpan.FromMinutes(1)).Within();
        time.Advance(TimeSpan.FromMinutes(1));
        await registry.Logs.WaitForAsync(2200);
        State(await ReportAsync(registry), "write").ShouldBe("passed");
    }

    [Fact]
    public async Task AnApiServerThatCannotBeAskedIsUnknownAndNoRefusal()
    {
        await using var registry = await StartAsync(static world =>
            world.Cluster.Faults.AnswerNext(int.MaxValue, 503, filter: static request => request.Path.EndsWith("selfsubjectaccessreviews", StringComparison.Ordinal)));
        JsonNode check;
        do
        {
            check = await ReportAsync(registry);
        }
        while (State(check, "write") == "pending");
        State(check, "rights").ShouldBe("unknown");
        State(check, "write").ShouldBe("unknown");
        registry.Logs.Lines.ShouldNotContain(static line => line.Id == 2201 || line.Id == 2202);
    }

    [Fact]
    public async Task WhoDoesNotKnowItsPodTriesNoWrite()
    {
        await using var registry = await FencedRegistry.StartAsync();
        await registry.Logs.WaitForAsync(2200);
        var check = await ReportAsync(registry);
        State(check, "write").ShouldBe("off");
        registry.Cluster.Requests.Count(static request => request.Method == "PATCH").ShouldBe(0);
    }

    [Fact]
    public void NamespacesAreAskedOneByOne()
    {
        var options = new KubernetesOptions { Namespaces = { "shop", "bank" }, Endpoints = EndpointsKind.Endpoints };
        var rights = NeededRights.Of(options, "registry", "lease", events: true).ToList();
        rights.Count(static right => right is { Resource: "pods", NamespaceProperty: "shop" }).ShouldBe(4);
        rights.ShouldContain(static right => right.Resource == "endpoints" && right.Group == "" && right.NamespaceProperty == "bank");
        rights.ShouldNotContain(static right => right.Resource == "endpointslices");
        rights.Where(static right => right.Resource == "leases").ShouldAllBe(static right => right.NamespaceProperty == "registry" && right.Name == (right.Verb == "create" ? null : "lease"));
        NeededRights.Describe(rights.Where(static right => right.Resource == "pods")).ShouldBe("get, list, watch, patch pods in namespace shop; get, list, watch, patch pods in namespace bank");
    }

    private static async Task<FencedRegistry> StartAsync(Action<FencedRegistry>? prepare = null, bool synced = true, params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, world =>
        {
            world.Create(ResourceKinds.Pods, """{"metadata":{"name":"registry-gateway-0","namespace":"registry"},"spec":{"containers":[{"name":"gateway","image":"example/gateway:1"}]}}""");
            prepare?.Invoke(world);
        }, synced, [.. InPod, .. settings]);
        return registry;
    }

    /// <summary>As an operator who wrote the role by hand and forgot a verb.</summary>
    private static void Revoke(FencedRegistry registry, string resource, string verb)
    {
        foreach (var kind in new[] { ResourceKinds.ClusterRoles, ResourceKinds.Roles })
        {
            foreach (var role in registry.Cluster.Storage.List(kind).Where(static role => role.Name == "registry-gateway").ToList())
            {
                registry.Cluster.Objects.Change(kind, role.Namespace, role.Name, content =>
                {
                    foreach (var rule in content["rules"]!.AsArray().Where(rule => rule!["resources"]!.AsArray().Any(one => (string?)one == resource)))
                    {
                        var verbs = rule!["verbs"]!.AsArray();
                        if (verbs.FirstOrDefault(one => (string?)one == verb) is { } found)
                            verbs.Remove(found);
                    }
                });
            }
        }
    }

    private static string Stored(FencedRegistry registry) => registry.Cluster.Storage.Get(ResourceKinds.Pods, "registry", "registry-gateway-0")!.Copy().ToJsonString();

    private static async Task<JsonNode> ReportAsync(FencedRegistry registry)
    {
        using var answer = await registry.Http.GetAsync("/readyz", TestContext.Current.CancellationToken);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["selfCheck"]!;
    }

    private static string State(JsonNode check, string part) => (string)check[part]!["state"]!;
}
