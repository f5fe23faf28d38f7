using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Saved;

/// <summary>Registries as a replica saves them, of any size.</summary>
internal static class SavedCluster
{
    /// <summary>A cluster of so many pods, each with what operators, meshes and schedulers leave on it.</summary>
    public static SavedRegistry Of(int pods)
    {
        var services = Math.Max(1, pods / 15);
        return new SavedRegistry(
            default,
            new Revision(RevisionLayout.WholeCluster.Fingerprint, [new(1, 2, 123_456_789), new(2, 2, 123_456_700)], 0, 0).ToString(),
            [.. Enumerable.Range(0, pods).Select(PodOf)],
            [.. Enumerable.Range(0, services).Select(static number => Given.Service($"orders-{number}"))],
            [.. Enumerable.Range(0, services).Select(number => Given.Slice($"orders-{number}", [.. Enumerable.Range(0, pods / services).Select(place => EndpointOf((number * 15) + place))]))],
            pods > 100 ? [] : [new Endpoints { Metadata = new ObjectMeta { Name = "old", Namespace = Given.Namespace }, Slices = [Given.Slice("old", EndpointOf(0))] }],
            [.. Enumerable.Range(0, Math.Max(1, pods / 30)).Select(static number => Given.Node($"node-{number}", "zone-a"))]);
    }

    private static Pod PodOf(int number)
    {
        var name = $"orders-deployment-{number:x8}-{number * 7919 % 99991:x5}";
        var pod = Given.Pod(name, $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}", Given.Record(name), Given.Record(name, port: 9090, protocol: "grpc"));
        var labels = new Dictionary<string, string>
        {
            ["app.kubernetes.io/name"] = "orders",
            ["app.kubernetes.io/instance"] = $"orders-{number % 97}",
            ["app.kubernetes.io/version"] = "1.27.3",
            ["app.kubernetes.io/managed-by"] = "Helm",
            ["helm.sh/chart"] = "orders-4.12.0",
            ["pod-template-hash"] = $"{number:x8}",
            ["security.istio.io/tlsMode"] = "istio",
            ["service.istio.io/canonical-name"] = "orders",
            ["service.istio.io/canonical-revision"] = "1.27.3",
            ["topology.kubernetes.io/zone"] = "eu-central-1a",
        };
        return pod with
        {
            Metadata = pod.Metadata with
            {
                Labels = labels,
                Version = 123_000_000 + (ulong)number,
                AnnotationBytes = 2000,
                CreationTimestamp = Given.Noon,
            },
            NodeName = $"ip-10-0-{number % 200}-17.eu-central-1.compute.internal",
            Containers = ["app", "istio-proxy"],
            ContainerStatuses = [new ContainerStatus("app", 0, Given.Noon), new ContainerStatus("istio-proxy", 0, Given.Noon)],
        };
    }

    private static Endpoint EndpointOf(int number) => Given.Endpoint($"orders-deployment-{number:x8}-{number * 7919 % 99991:x5}", $"10.0.{number / 250 % 250}.{number % 250}") with
    {
        NodeName = $"ip-10-0-{number % 200}-17.eu-central-1.compute.internal",
    };
}
