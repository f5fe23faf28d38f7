using System.Text.Json.Nodes;
using Gateway.Tests.Conformance.Planes;

namespace Gateway.Tests.Conformance;

/// <summary>
/// One test's part of a control plane: a namespace with a service account, and nodes where it asks for them. The test plays the kubelet: pods
/// are bound to nodes that no machine stands behind, and their status is what is written here. Everything is removed at the end.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    public const string ServiceAccount = "app";

    private static int _addresses;

    private readonly HandWrittenSlices? _slices;
    private readonly List<string> _nodes = [];

    private TestCluster(IControlPlane plane, string name)
    {
        Plane = plane;
        Namespace = name;
        Api = new ApiCalls(plane.Admin);
        _slices = plane.Offers.HasFlag(ControlPlaneNeeds.Controllers) ? null : new HandWrittenSlices(this);
    }

    public string Namespace { get; }

    /// <summary>Calls of an administrator.</summary>
    public ApiCalls Api { get; }

    public string Pods => $"/api/v1/namespaces/{Namespace}/pods";

    public string Services => $"/api/v1/namespaces/{Namespace}/services";

    public string Endpoints => $"/api/v1/namespaces/{Namespace}/endpoints";

    public string Slices => $"/apis/discovery.k8s.io/v1/namespaces/{Namespace}/endpointslices";

    public string Leases => $"/apis/coordination.k8s.io/v1/namespaces/{Namespace}/leases";

    public string ServiceAccounts => $"/api/v1/namespaces/{Namespace}/serviceaccounts";

    internal IControlPlane Plane { get; }

    internal static CancellationToken Deadline => TestContext.Current.CancellationToken;

    internal static async Task<TestCluster> CreateAsync(IControlPlane plane)
    {
        var cluster = new TestCluster(plane, $"conformance-{Guid.NewGuid():n}"[..24]);
        (await cluster.Api.PostAsync("/api/v1/namespaces", KubernetesJson.Parse($$"""{"metadata":{"name":"{{cluster.Namespace}}"} }"""))).Expect(201);
        (await cluster.Api.PostAsync(cluster.ServiceAccounts, KubernetesJson.Parse($$"""{"metadata":{"name":"{{ServiceAccount}}"} }"""))).Expect(201);
        return cluster;
    }

    /// <summary>An address that no other pod of this run has.</summary>
    public static string NextAddress()
    {
        var number = Interlocked.Increment(ref _addresses);
        return $"10.{200 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}";
    }

    public string Pod(string name) => $"{Pods}/{name}";

    /// <summary>A node of this test's own, in a zone or none; the answer is its full name.</summary>
    public async Task<string> AddNodeAsync(string name, string? zone = null)
    {
        var full = $"{Namespace}-{name}";
        var node = KubernetesJson.Parse($$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{full}}","labels":{"conformance":"{{Namespace}}"} } }""");
        if (zone is not null)
        {
            node["metadata"]!["labels"]!["topology.kubernetes.io/zone"] = zone;
        }

        (await Api.PostAsync("/api/v1/nodes", node)).Expect(201);
        _nodes.Add(full);
        return full;
    }

    /// <summary>Creates a pod with label <c>app: orders</c> and posts its status; ready with an address of its own unless the shape says otherwise.</summary>
    public Task<JsonObject> AddPodAsync(string name) => AddPodAsync(new PodShape(name));

    public async Task<JsonObject> AddPodAsync(PodShape shape)
    {
        var node = shape.Node ?? (_nodes.Count > 0 ? _nodes[0] : await AddNodeAsync("node-1", "zone-a"));
        (await Api.PostAsync(Pods, shape.Manifest(node))).Expect(201);
        var status = KubeletStatus.Of(shape.Phase, shape.Addresses ?? [NextAddress()], shape.IsReady, shape.Containers);
        return await PatchStatusAsync(shape.Name, status);
    }

    /// <summary>What a kubelet does when a readiness probe changes its mind.</summary>
    public Task<JsonObject> SetReadyAsync(string pod, bool isReady) =>
        PatchStatusAsync(pod, new JsonObject { ["conditions"] = KubeletStatus.Conditions(isReady) });

    /// <summary>What a kubelet posts after it has restarted a container, its postStart hook included.</summary>
    public Task<JsonObject> RestartContainerAsync(string pod, int restarts, DateTimeOffset startedAt, string container = "app") =>
        PatchStatusAsync(pod, new JsonObject { ["containerStatuses"] = new JsonArray(KubeletStatus.Container(container, true, restarts, startedAt)) });

    public async Task<JsonObject> PatchStatusAsync(string pod, JsonObject status)
    {
        var written = (await Api.PatchAsync($"{Pod(pod)}/status", new JsonObject { ["status"] = status }.ToJsonString())).Expect(200);
        await SyncSlicesAsync();
        return written;
    }

    public async Task<JsonObject> AnnotateAsync(string pod, string key, string? value)
    {
        var annotations = new JsonObject { [key] = value };
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } };
        return (await Api.PatchAsync(Pod(pod), patch.ToJsonString())).Expect(200);
    }

    /// <summary>Deletes a pod with its grace period: it stays, terminating, until it is removed.</summary>
    public async Task<JsonObject> TerminateAsync(string pod)
    {
        var terminating = (await Api.DeleteAsync(Pod(pod))).Expect(200);
        await SyncSlicesAsync();
        return terminating;
    }

    /// <summary>What a kubelet does once the containers of a terminating pod have ended, and <c>kubectl delete --force</c> at any time.</summary>
    public async Task RemovePodAsync(string pod)
    {
        (await Api.DeleteAsync($"{Pod(pod)}?gracePeriodSeconds=0")).Expect(200);
        await SyncSlicesAsync();
    }

    /// <summary>A Service for the pods with <c>app: name</c>, port 80 to the pods' 8080, with more or other things in its spec.</summary>
    public async Task<JsonObject> AddServiceAsync(string name = "orders", string spec = "{}")
    {
        var service = KubernetesJson.Parse($$"""
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"{{name}}"},
             "spec":{"selector":{"app":"{{name}}"},"ports":[{"name":"http","port":80,"targetPort":8080}]} }
            """);
        service["spec"]!.AsObject().With(JsonNode.Parse(spec));
        var created = (await Api.PostAsync(Services, service)).Expect(201);
        _slices?.Follow(created);
        await SyncSlicesAsync();
        return created;
    }

    /// <summary>A token of the namespace's account, bound to a pod where one is named.</summary>
    public async Task<string> TokenAsync(string? pod = null, string audience = "registry-gateway")
    {
        var spec = new JsonObject { ["audiences"] = new JsonArray(audience), ["expirationSeconds"] = 3600 };
        if (pod is not null)
        {
            var uid = (await Api.GetAsync(Pod(pod))).Expect(200).Uid();
            spec["boundObjectRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod, ["uid"] = uid };
        }

        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec };
        return (await Api.PostAsync($"{ServiceAccounts}/{ServiceAccount}/token", request)).Expect(201).Text("status", "token")!;
    }

    /// <summary>Waits until a collection is as told; fails with what it was at last.</summary>
    public async Task<IReadOnlyList<JsonObject>> WaitUntilAsync(string collection, Func<IReadOnlyList<JsonObject>, bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        patience.CancelAfter(Patience.Limit);
        var state = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        try
        {
            var list = (await Api.GetAsync(collection)).Expect(200);
            foreach (var item in list.Items())
            {
                state[item.Name()] = item;
            }

            var separator = collection.Contains('?') ? '&' : '?';
            await using var watch = await Api.WatchAsync($"{collection}{separator}resourceVersion={list.VersionText()}");
            while (!holds([.. state.Values]))
            {
                var change = await watch.NextChangeAsync(patience.Token);
                change.Type.ShouldNotBe("ERROR", change.Object.ToJsonString());
                state.Remove(change.Object.Name());
                if (change.Type != "DELETED")
                {
                    state[change.Object.Name()] = change.Object;
                }
            }
        }
        catch (Exception late) when (late is TimeoutException || (late is OperationCanceledException && !Deadline.IsCancellationRequested))
        {
            Assert.Fail($"not so within {Patience.Limit}: {new JsonArray([.. state.Values.Select(static item => item.DeepClone())]).ToJsonString()}");
        }

        return [.. state.Values];
    }

    public Task<IReadOnlyList<JsonObject>> WaitForSlicesAsync(string service, Func<IReadOnlyList<JsonObject>, bool> holds) =>
        WaitUntilAsync($"{Slices}?labelSelector=kubernetes.io%2Fservice-name%3D{service}", holds);

    public async ValueTask DisposeAsync()
    {
        // Not under the test's own deadline: what a failed test leaves behind goes as well.
        using var deadline = new CancellationTokenSource(Patience.Limit);
        await RemovePodsAsync(deadline.Token);
        using var gone = await Plane.Admin.DeleteAsync($"/api/v1/namespaces/{Namespace}", deadline.Token);
        foreach (var node in _nodes)
        {
            using var removed = await Plane.Admin.DeleteAsync($"/api/v1/nodes/{node}", deadline.Token);
        }
    }

    private Task SyncSlicesAsync() => _slices?.WriteAsync() ?? Task.CompletedTask;

    private async Task RemovePodsAsync(CancellationToken token)
    {
        var pods = KubernetesJson.Parse(await Plane.Admin.GetStringAsync(Pods, token));
        foreach (var pod in pods.Items())
        {
            using var removed = await Plane.Admin.DeleteAsync($"{Pod(pod.Name())}?gracePeriodSeconds=0", token);
        }
    }
}
