using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Registry;

/// <summary>Objects of the cluster as the tests of the registry need them: namespace shop unless said otherwise, ready unless said otherwise.</summary>
internal static class Given
{
    public const string Namespace = "shop";

    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    // Every pod has it, and every Service with a selector selects it.
    private static readonly Dictionary<string, string> Shop = new() { ["part-of"] = "shop" };

    public static Pod Pod(string name, string? ip, params RegistrationRecord[] records) => new Pod
    {
        Metadata = new ObjectMeta { Name = name, Namespace = Namespace, Uid = UidOf(name), Labels = Shop },
        NodeName = "node-1",
        Phase = PodPhase.Running,
        Containers = ["app"],
        PodIPs = ip is null ? [] : [ip],
        Ready = true,
        ContainerStatuses = [new ContainerStatus("app", 0, Noon)],
    }.With(records);

    public static Pod With(this Pod pod, params RegistrationRecord[] records) =>
        pod.Annotated([.. records.Select(record => ($"registry-gateway.io/{record.Id}", NativeFormat.Write(record)))]);

    public static Pod Annotated(this Pod pod, params (string Key, string Value)[] annotations)
    {
        var all = pod.Metadata.Annotations.ToDictionary();
        foreach (var (key, value) in annotations)
            all[key] = value;
        return pod with { Metadata = pod.Metadata with { Annotations = all } };
    }

    public static Pod Declaring(this Pod pod, object registrations) =>
        pod.Annotated(("registry-gateway.io/declare", JsonSerializer.Serialize(registrations)));

    public static Pod DubboJava(this Pod pod, object metadata) => pod.Annotated(("io.dubbo/metadata", JsonSerializer.Serialize(metadata)));

    public static Pod Terminating(this Pod pod) => pod with { Metadata = pod.Metadata with { DeletionTimestamp = Noon } };

    public static string UidOf(string pod) => $"uid-of-{pod}";

    /// <summary>A registration of that pod: http on 8080, posted at noon by the first run of container app.</summary>
    public static RegistrationRecord Record(string pod, string service = "orders", int port = 8080, string protocol = "http", string group = "", string version = "")
    {
        var key = new RegistrationKey(Namespace, service, group, version, protocol, port);
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

    public static Service Service(string name, bool selects = true, params ServicePort[] ports) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = Namespace, Uid = "uid-of-service-" + name },
        ClusterIP = "10.96.0.7",
        ClusterIPs = ["10.96.0.7"],
        Selector = selects ? Shop : null,
        Ports = ports.Length == 0 ? [new ServicePort("http", 80, "8080", "TCP", null)] : [.. ports],
    };

    /// <summary>The Service with more ports: TCP, of these names.</summary>
    public static Service Offering(this Service service, params string[] names) =>
        service with { Ports = [.. service.Ports, .. names.Select(static name => new ServicePort(name, 90, name, "TCP", null))] };

    /// <summary>A Service that selects the pods of that label alone.</summary>
    public static Service Selecting(string name, string app) => Service(name) with { Selector = new Dictionary<string, string> { ["app"] = app } };

    public static Pod Labelled(this Pod pod, string app) =>
        pod with { Metadata = pod.Metadata with { Labels = new Dictionary<string, string> { ["app"] = app, ["part-of"] = "shop" } } };

    public static EndpointSlice Slice(string service, params Endpoint[] endpoints) => Slice(service, $"{service}-1", endpoints);

    public static EndpointSlice Slice(string service, string name, params Endpoint[] endpoints) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = Namespace,
            Labels = new Dictionary<string, string> { [EndpointSlice.ServiceNameLabel] = service },
        },
        Endpoints = [.. endpoints],
        Ports = [new EndpointPort("http", 8080, "TCP", null)],
    };

    public static EndpointSlice WithPorts(this EndpointSlice slice, params EndpointPort[] ports) => slice with { Ports = [.. ports] };

    public static EndpointSlice Named(this EndpointSlice slice, string name) => slice with { Metadata = slice.Metadata with { Name = name } };

    /// <summary>What the slice controller writes for a pod.</summary>
    public static Endpoint Endpoint(string pod, string ip, bool? ready = true, bool? serving = null, bool? terminating = null) =>
        new([ip], ready, serving ?? ready, terminating, new TargetReference("Pod", Namespace, pod, UidOf(pod)), "node-1", "zone-of-slice");

    /// <summary>An endpoint behind which no pod stands.</summary>
    public static Endpoint Bare(string ip, bool? ready = true) => new([ip], ready, null, null, null, null, null);

    /// <summary>The object as it was at that version.</summary>
    public static Pod At(this Pod pod, ulong version) => pod with { Metadata = pod.Metadata with { Version = version } };

    public static Service At(this Service service, ulong version) => service with { Metadata = service.Metadata with { Version = version } };

    public static EndpointSlice At(this EndpointSlice slice, ulong version) => slice with { Metadata = slice.Metadata with { Version = version } };

    public static Node At(this Node node, ulong version) => node with { Metadata = node.Metadata with { Version = version } };

    public static Node Node(string name, string zone) => new()
    {
        Metadata = new ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["topology.kubernetes.io/zone"] = zone } },
    };
}
