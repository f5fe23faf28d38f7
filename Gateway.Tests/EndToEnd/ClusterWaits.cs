using Gateway.Emulator;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.EndToEnd;

/// <summary>Waits for something to be true of the stored cluster.</summary>
internal static class ClusterWaits
{
    /// <summary>Until an own annotation of the pod is as wanted.</summary>
    public static async Task WaitForAnnotationAsync(this EmulatedCluster cluster, string ns, string pod, Func<string, bool> met)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        do
        {
            var annotations = cluster.Storage.Get(ResourceKinds.Pods, ns, pod)?.Copy()["metadata"]?["annotations"]?.AsObject();
            if (annotations?.Any(entry => entry.Key.StartsWith("registry-gateway.io/", StringComparison.Ordinal) && met((string)entry.Value!)) == true)
                return;
        }
        while (await poll.WaitForNextTickAsync(deadline.Token));
    }
}
