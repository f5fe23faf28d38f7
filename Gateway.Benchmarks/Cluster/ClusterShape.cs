using System.Globalization;

namespace Gateway.Benchmarks.Cluster;

/// <summary>How large the prepared cluster is; its content follows from that.</summary>
/// <param name="Services">0: no Service names a pod. The pods belong to the services in turn.</param>
/// <param name="OfFirst">So many pods, the first ones, all belong to the first service, and the others to the other services in turn.</param>
internal sealed record ClusterShape(int Pods, int Services, int OfFirst = 0)
{
    public const string Namespace = "shop";
    public const long FirstVersion = 1_000_000_000;

    private const int SliceSize = 100;

    public int ServiceOf(int pod) => Services == 0 || pod < OfFirst ? 0 : OfFirst == 0 ? pod % Services : 1 + ((pod - OfFirst) % (Services - 1));

    public IEnumerable<Message> ServiceObjects() => Enumerable.Range(0, Services).Select(static service => new Message()
        .Add(1, "metadata", Metadata(PodTemplate.ServiceNameOf(service), Namespace, 1, service, []))
        .Add(2, "spec", new Message()
            .Add(1, "ports", new object[] { new Message().Add(1, "name", "http").Add(2, "protocol", "TCP").Add(3, "port", 80).Add(4, "targetPort", new TargetPort(8080)) })
            .Add(2, "selector", OrdinaryPod.Map(("app", PodTemplate.ServiceNameOf(service))))
            .Add(3, "clusterIP", AddressOf(service))
            .Add(18, "clusterIPs", new object[] { AddressOf(service) })
            .Add(4, "type", "ClusterIP")
            .Add(7, "sessionAffinity", "None")
            .Add(19, "ipFamilies", new object[] { "IPv4" })
            .Add(17, "ipFamilyPolicy", "SingleStack")
            .Add(22, "internalTrafficPolicy", "Cluster")));

    public IEnumerable<Message> SliceObjects()
    {
        if (Services == 0)
            yield break;
        foreach (var pods in Enumerable.Range(0, Pods).GroupBy(ServiceOf).OrderBy(static pods => pods.Key))
        {
            var number = 0;
            foreach (var some in pods.Chunk(SliceSize))
                yield return Slice(pods.Key, number++, some);
        }
    }

    public static IEnumerable<Message> NodeObjects() =>
        [new Message().Add(1, "metadata", Metadata("node-01", "", 3, 1, OrdinaryPod.Map(("topology.kubernetes.io/zone", "zone-a"))))];

    public static IEnumerable<Message> NamespaceObjects() =>
        new[] { "kube-system", Namespace }.Select(static (name, i) => new Message().Add(1, "metadata", Metadata(name, "", 4, i, [])));

    private static Message Slice(int service, int number, int[] pods) => new Message()
        .Add(1, "metadata", Metadata($"{PodTemplate.ServiceNameOf(service)}-{number}", Namespace, 2, (service * 1000) + number,
            OrdinaryPod.Map(("kubernetes.io/service-name", PodTemplate.ServiceNameOf(service)))))
        .Add(4, "addressType", "IPv4")
        .Add(2, "endpoints", pods.Select(static pod => (object)new Message()
            .Add(1, "addresses", new object[] { PodTemplate.AddressOf(pod) })
            .Add(2, "conditions", new Message().Add(1, "ready", true).Add(2, "serving", true).Add(3, "terminating", false))
            .Add(4, "targetRef", new Message().Add(1, "kind", "Pod").Add(2, "namespace", Namespace).Add(3, "name", PodTemplate.NameOf(pod)).Add(4, "uid", PodTemplate.UidOf(pod)))
            .Add(6, "nodeName", "node-01")
            .Add(7, "zone", "zone-a")).ToArray())
        .Add(3, "ports", new object[] { new Message().Add(1, "name", "http").Add(2, "protocol", "TCP").Add(3, "port", 8080) });

    private static Message Metadata(string name, string ns, int kind, int number, KeyValuePair<string, object>[] labels)
    {
        var metadata = new Message().Add(1, "name", name);
        if (ns.Length > 0)
            metadata.Add(3, "namespace", ns);
        return metadata
            .Add(5, "uid", $"{kind}c5eadc7-4785-4949-b138-{number.ToString("D12", CultureInfo.InvariantCulture)}")
            .Add(6, "resourceVersion", FirstVersion.ToString(CultureInfo.InvariantCulture))
            .Add(11, "labels", labels);
    }

    private static string AddressOf(int service) => string.Create(CultureInfo.InvariantCulture, $"172.{20 + (service >> 16)}.{(service >> 8) & 255}.{service & 255}");
}
