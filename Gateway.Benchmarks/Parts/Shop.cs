using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Benchmarks.Parts;

/// <summary>Ready pods of the service <c>orders</c> in the namespace <c>shop</c>, each with one registration, and what the cluster says about them.</summary>
internal static class Shop
{
    public const string Namespace = "shop";
    public const string Orders = "orders";

    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public static string AddressOf(int number) => $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}";

    public static Pod Pod(string name, string ip, string service = Orders)
    {
        var record = Record(name, service);
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = Namespace,
                Uid = UidOf(name),
                Annotations = new Dictionary<string, string> { [$"registry-gateway.io/{record.Id}"] = NativeFormat.Write(record) },
            },
            NodeName = "node-1",
            Phase = PodPhase.Running,
            Containers = ["app"],
            PodIPs = [ip],
            Ready = true,
            ContainerStatuses = [new ContainerStatus("app", 0, Noon)],
        };
    }

    public static RegistrationRecord Record(string pod, string service = Orders)
    {
        var key = new RegistrationKey(Namespace, service, "", "", "http", 8080);
        return new RegistrationRecord
        {
            Id = key.IdFor(UidOf(pod)),
            Key = key,
            Source = InstanceSource.Gateway,
            Container = "app",
            RegisteredAt = Noon,
            PostedAt = Noon,
        };
    }

    public static Service Service() => new()
    {
        Metadata = new ObjectMeta { Name = Orders, Namespace = Namespace, Uid = "uid-of-service" },
        ClusterIP = "10.96.0.7",
        ClusterIPs = ["10.96.0.7"],
        Selector = new Dictionary<string, string> { ["app"] = Orders },
        Ports = [new ServicePort("http", 80, "8080", "TCP", null)],
    };

    public static EndpointSlice Slice(string name, IEnumerable<Endpoint> endpoints) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = Namespace,
            Labels = new Dictionary<string, string> { [EndpointSlice.ServiceNameLabel] = Orders },
        },
        Endpoints = [.. endpoints],
        Ports = [new EndpointPort("http", 8080, "TCP", null)],
    };

    public static Endpoint Endpoint(string pod, string ip) =>
        new([ip], Ready: true, Serving: true, Terminating: null, new TargetReference("Pod", Namespace, pod, UidOf(pod)), "node-1", "zone-a");

    private static string UidOf(string pod) => $"uid-of-{pod}";
}
