using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>Looks at, and changes, what stands in a pod of namespace <c>shop</c>, as anybody with kubectl could.</summary>
internal static class SharedPods
{
    public static string? Annotation(this TestRegistry registry, string pod, string key) => Entry(registry.Cluster, pod, "annotations", key);

    public static string? Label(this TestRegistry registry, string pod, string key) => Entry(registry.Cluster, pod, "labels", key);

    public static IReadOnlyList<string> OwnKeys(this TestRegistry registry, string pod) =>
    [
        .. (registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", pod)?.Content["metadata"]!["annotations"] as JsonObject ?? [])
            .Select(static entry => entry.Key).Where(static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal)),
    ];

    /// <summary>A null value removes the key.</summary>
    public static void Annotate(this TestRegistry registry, string pod, string key, string? value) => registry.Small.ChangePod(pod, content =>
    {
        var annotations = content["metadata"]!["annotations"] as JsonObject;
        if (annotations is null)
            content["metadata"]!["annotations"] = annotations = [];
        if (value is null)
            annotations.Remove(key);
        else
            annotations[key] = value;
    });

    /// <summary>The comma separated mirrors of the namespace; null takes the annotation away.</summary>
    public static void SetMirrors(this TestRegistry registry, string? mirrors) =>
        registry.Cluster.Objects.Change(ResourceKinds.Namespaces, "", "shop", content =>
        {
            if (mirrors is null)
                content["metadata"]!.AsObject().Remove("annotations");
            else
                content["metadata"]!["annotations"] = new JsonObject { ["registry-gateway.io/mirrors"] = mirrors };
        }).ShouldNotBeNull();

    /// <summary>Waits until it is so; nothing tells a test of a write into the store but the store.</summary>
    public static async Task UntilAsync(Func<bool> met)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!met())
            await poll.WaitForNextTickAsync(deadline.Token);
    }

    /// <summary>Waits until the gateway's metrics hold that line.</summary>
    public static async Task UntilMetricAsync(this TestRegistry registry, string line)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!(await registry.Http.GetStringAsync("/metrics", deadline.Token)).Split('\n').Contains(line))
            await poll.WaitForNextTickAsync(deadline.Token);
    }

    private static string? Entry(EmulatedCluster cluster, string pod, string map, string key) =>
        (string?)cluster.Storage.Get(ResourceKinds.Pods, "shop", pod)?.Content["metadata"]![map]?[key];
}
