using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance.Shapes;

/// <summary>
/// One row of the table of Services: what there is in the cluster, and what is listed of it in each mode, beside what kube-proxy routes to.
/// An instance is written <c>where ports STATUS</c>: the pod (or the address, where it has none) with the family of its address if that is not IPv4, and
/// <c>name:port/protocol</c> of each port. What kube-proxy routes to has no status; of headless Services it knows nothing.
/// </summary>
/// <param name="Name">What the row is about.</param>
/// <param name="Slices">Listed in mode <c>EndpointSlices</c>.</param>
/// <param name="Endpoints">Listed in mode <c>Endpoints</c>.</param>
/// <param name="KubeProxy">Routed to.</param>
/// <param name="Arrange">Makes it; the Service is named orders.</param>
internal sealed record ServiceShape(string Name, string[] Slices, string[] Endpoints, string[] KubeProxy, Func<TestCluster, Task> Arrange)
{
    private const string Http = """[{"name":"http","port":8080,"protocol":"TCP"}]""";
    private const string Sql = """[{"name":"sql","port":5432,"protocol":"TCP"}]""";
    private const string TwoPorts = """{"selector":null,"ports":[{"name":"http","port":80,"targetPort":8080},{"name":"sql","port":5432}]}""";
    private const string NotSelecting = """{"selector":null}""";
    private const string Bare = """[{"addresses":["192.0.2.9"],"conditions":{"ready":true}}]""";

    public static IReadOnlyDictionary<string, ServiceShape> All { get; } = new[]
    {
        new ServiceShape("ClusterIP", ["orders-1 http:8080/tcp UP", "orders-2 http:8080/tcp STARTING"], ["orders-1 http:8080/tcp UP", "orders-2 http:8080/tcp STARTING"], ["orders-1 8080"],
            static cluster => WithPodsAsync(cluster, "{}", new("orders-1"), new("orders-2") { IsReady = false })),
        new ServiceShape("headless", ["orders-1 http:8080/tcp UP", "orders-2 http:8080/tcp STARTING"], ["orders-1 http:8080/tcp UP", "orders-2 http:8080/tcp STARTING"], [],
            static cluster => WithPodsAsync(cluster, """{"clusterIP":"None"}""", new("orders-1"), new("orders-2") { IsReady = false })),
        new ServiceShape("headless without ports", ["orders-1 - UP"], ["orders-1 - UP"], [],
            static cluster => WithPodsAsync(cluster, """{"clusterIP":"None","ports":null}""", new PodShape("orders-1"))),
        new ServiceShape("ExternalName", [], [], [],
            static async cluster =>
            {
                await cluster.AddServiceAsync("orders", """{"type":"ExternalName","externalName":"db.example.com","selector":null,"ports":null}""");
                await SliceAsync(cluster, "orders-by-hand", Bare, Http);
            }),
        new ServiceShape("without a Service", [], [], [], static cluster => SliceAsync(cluster, "orders-left-behind", Bare, Http)),
        new ServiceShape("without a selector, a slice by hand", ["192.0.2.9 http:8080/tcp UP"], [], ["192.0.2.9 8080"],
            static cluster => WithSlicesAsync(cluster, NotSelecting, (Bare, Http))),

        // An intended difference: kube-proxy routes to terminating pods of such a Service, here they are TERMINATING.
        new ServiceShape("publishNotReadyAddresses", ["orders-1 http:8080/tcp UP", "orders-2 http:8080/tcp TERMINATING"], ["orders-1 http:8080/tcp UP", "orders-2 http:8080/tcp TERMINATING"],
            ["orders-1 8080", "orders-2 8080"],
            static async cluster =>
            {
                await WithPodsAsync(cluster, """{"publishNotReadyAddresses":true}""", new("orders-1") { IsReady = false }, new("orders-2"));
                await cluster.TerminateAsync("orders-2");
            }),
        new ServiceShape("several ports of one number", ["orders-1 dns:5353/udp,dns-tcp:5353/tcp,signal:5353/sctp UP"], ["orders-1 dns:5353/udp,dns-tcp:5353/tcp,signal:5353/sctp UP"], ["orders-1 5353"],
            static cluster => WithPodsAsync(cluster, """
                {"ports":[{"name":"dns","port":53,"targetPort":5353,"protocol":"UDP"},{"name":"dns-tcp","port":53,"targetPort":5353,"protocol":"TCP"},{"name":"signal","port":53,"targetPort":5353,"protocol":"SCTP"}]}
                """, new PodShape("orders-1"))),
        new ServiceShape("named targetPorts that differ by pod", ["orders-1 http:8080/tcp UP", "orders-2 http:9090/tcp UP"], ["orders-1 http:8080/tcp UP", "orders-2 http:9090/tcp UP"],
            ["orders-1 8080", "orders-2 9090"],
            static cluster => WithPodsAsync(cluster, """{"ports":[{"name":"http","port":80,"targetPort":"web"}]}""",
                new("orders-1") { Ports = new Dictionary<string, int> { ["web"] = 8080 } }, new("orders-2") { Ports = new Dictionary<string, int> { ["web"] = 9090 } },
                new("orders-3") { Ports = new Dictionary<string, int> { ["other"] = 7070 } })),
        new ServiceShape("dual stack, IPv4 first", ["orders-1 http:8080/tcp UP"], ["orders-1 http:8080/tcp UP"], ["orders-1 8080"],
            static cluster => WithPodsAsync(cluster, """{"ipFamilyPolicy":"RequireDualStack","ipFamilies":["IPv4","IPv6"]}""", Dual("orders-1"))),
        new ServiceShape("dual stack, IPv6 first", ["orders-1 (IPv6) http:8080/tcp UP"], ["orders-1 (IPv6) http:8080/tcp UP"], ["orders-1 8080"],
            static cluster => WithPodsAsync(cluster, """{"ipFamilyPolicy":"RequireDualStack","ipFamilies":["IPv6","IPv4"]}""", Dual("orders-1"))),
        new ServiceShape("IPv6 only, pods with IPv4 first", ["orders-1 (IPv6) http:8080/tcp UP"], ["orders-1 (IPv6) http:8080/tcp UP"], ["orders-1 8080"],
            static cluster => WithPodsAsync(cluster, """{"ipFamilyPolicy":"SingleStack","ipFamilies":["IPv6"]}""", Dual("orders-1"))),
        new ServiceShape("host network", ["orders-1 http:8080/tcp UP"], ["orders-1 http:8080/tcp UP"], ["orders-1 8080"],
            static cluster => WithPodsAsync(cluster, "{}", new PodShape("orders-1") { Spec = """{"hostNetwork":true}""" })),
        new ServiceShape("terminating with serving, beside a ready one", ["orders-1 http:8080/tcp TERMINATING", "orders-2 http:8080/tcp UP"], ["orders-2 http:8080/tcp UP"], ["orders-2 8080"],
            static async cluster =>
            {
                await WithPodsAsync(cluster, "{}", new("orders-1"), new("orders-2"));
                await cluster.TerminateAsync("orders-1");
            }),

        // Where nothing is ready kube-proxy falls back to terminating pods that still serve; lookups of UP do not.
        new ServiceShape("nothing but terminating with serving", ["orders-1 http:8080/tcp TERMINATING"], [], ["orders-1 8080"],
            static async cluster =>
            {
                await WithPodsAsync(cluster, "{}", new PodShape("orders-1"));
                await cluster.TerminateAsync("orders-1");
            }),
        new ServiceShape("mirrored Endpoints, readiness by port", ["192.0.2.1 sql:5432/tcp UP"], ["192.0.2.1 sql:5432/tcp UP"], ["192.0.2.1 5432"],
            static async cluster =>
            {
                await cluster.AddServiceAsync("orders", TwoPorts);
                (await cluster.Api.PostAsync(cluster.Endpoints, $$"""
                    {"metadata":{"name":"orders"},"subsets":[{"notReadyAddresses":[{"ip":"192.0.2.1"}],"ports":{{Http}} },{"addresses":[{"ip":"192.0.2.1"}],"ports":{{Sql}} }]}
                    """)).Expect(201);
                await cluster.WaitForSlicesAsync("orders", static slices => slices.SelectMany(static slice => slice.Array("endpoints")).Count() == 2);
            }),
        new ServiceShape("slices of names and of a family that the Service has not", [], [], [],
            static async cluster =>
            {
                await cluster.AddServiceAsync("orders", """{"selector":null,"ipFamilyPolicy":"SingleStack","ipFamilies":["IPv4"]}""");
                await SliceAsync(cluster, "orders-names", """[{"addresses":["db.example.com"]}]""", Http, "FQDN");
                await SliceAsync(cluster, "orders-6", """[{"addresses":["2001:db8::9"]}]""", Http, "IPv6");
            }),
        new ServiceShape("an endpoint in two slices during a rolling update", ["192.0.2.9 http:8080/tcp UP"], [], ["192.0.2.9 8080"],
            static cluster => WithSlicesAsync(cluster, NotSelecting, ("""[{"addresses":["192.0.2.9"],"conditions":{"ready":false}}]""", Http), (Bare, Http))),
        new ServiceShape("two ports null", [], [], [],
            static cluster => WithSlicesAsync(cluster, TwoPorts, (Bare, """[{"name":"http","protocol":"TCP"},{"name":"sql","protocol":"TCP"}]"""))),

        // An intended difference: kube-proxy knows no pods, so it routes to those that do not exist.
        new ServiceShape("a slice of a pod that does not exist", [], [], ["192.0.2.9 8080"],
            static cluster => WithSlicesAsync(cluster, NotSelecting,
                ($$"""[{"addresses":["192.0.2.9"],"conditions":{"ready":true},"targetRef":{"kind":"Pod","namespace":"{{cluster.Namespace}}","name":"gone","uid":"4711"} }]""", Http))),

        // And to those that are not ready, where a slice is not maintained any more.
        new ServiceShape("a frozen slice of a pod that is not ready", ["orders-1 http:8080/tcp STARTING"], [], ["orders-1 8080"],
            static async cluster =>
            {
                var pod = await cluster.AddPodAsync(new PodShape("orders-1") { IsReady = false });
                await WithSlicesAsync(cluster, NotSelecting, ($$"""
                    [{"addresses":["{{pod.Text("status", "podIP")}}"],"conditions":{"ready":true},
                      "targetRef":{"kind":"Pod","namespace":"{{cluster.Namespace}}","name":"orders-1","uid":"{{pod.Uid()}}"} }]
                    """, Http));
            }),
    }.ToDictionary(static shape => shape.Name);

    private static PodShape Dual(string name)
    {
        var address = TestCluster.NextAddress();
        return new PodShape(name) { Addresses = [address, $"fd00::{address.Replace('.', ':')}"] };
    }

    private static async Task WithPodsAsync(TestCluster cluster, string spec, params PodShape[] pods)
    {
        await cluster.AddServiceAsync("orders", spec);
        foreach (var pod in pods)
        {
            await cluster.AddPodAsync(pod);
        }
    }

    private static async Task WithSlicesAsync(TestCluster cluster, string spec, params (string Endpoints, string Ports)[] slices)
    {
        await cluster.AddServiceAsync("orders", spec);
        for (var i = 0; i < slices.Length; i++)
        {
            await SliceAsync(cluster, $"orders-{i}", slices[i].Endpoints, slices[i].Ports);
        }
    }

    /// <summary>A slice that no controller maintains.</summary>
    private static async Task SliceAsync(TestCluster cluster, string name, string endpoints, string ports, string addressType = "IPv4") =>
        (await cluster.Api.PostAsync(cluster.Slices, new JsonObject
        {
            ["apiVersion"] = "discovery.k8s.io/v1",
            ["kind"] = "EndpointSlice",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = "orders" } },
            ["addressType"] = addressType,
            ["ports"] = JsonNode.Parse(ports),
            ["endpoints"] = JsonNode.Parse(endpoints),
        })).Expect(201);
}
