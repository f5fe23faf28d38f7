using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Playing;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Demo;

/// <summary>
/// A small demo cluster: two namespaces, three nodes in three zones, Services, and ready pods behind them. Names and pod addresses are the
/// same at every start.
/// </summary>
internal static class DemoCluster
{
    private static readonly DemoWorkload[] Workloads =
    [
        new("shop", "orders", Replicas: 4, FirstHost: 11) { Sidecar = "proxy" },
        new("shop", "carts", Replicas: 3, FirstHost: 21) { Companion = "metrics" },
        new("shop", "catalog", Replicas: 4, FirstHost: 31) { Ports = [("http", 8080), ("grpc", 9090)] },
        new("shop", "greeter", Replicas: 1, FirstHost: 41)
        {
            Ports = [("dubbo", 20880)],
            Registration = static ip => DemoRegistration.DubboGo("com.example.GreetingService", DubboUrl(ip, "com.example.GreetingService", "greeter")),
        },
        new("shop", "inventory", Replicas: 1, FirstHost: 51) { Ports = [("dubbo", 20880)], Registration = static _ => DemoRegistration.DubboJava(20880) },
        new("shop", "stock", Replicas: 1, FirstHost: 61)
        {
            Registration = static ip =>
                DemoRegistration.Generic("com.example.StockService", $"rest://{ip}:8080/com.example.StockService?application=stock&interface=com.example.StockService&side=provider&version=1.0.0"),
        },
        new("billing", "invoices", Replicas: 3, FirstHost: 71) { Companion = "metrics" },
        new("billing", "payments", Replicas: 3, FirstHost: 81) { IsHeadless = true },
    ];

    /// <summary>Stores the demo. Must run before the player's loop starts: the demo sets the status of its pods itself.</summary>
    public static void Fill(ObjectWriter writer, Player player)
    {
        foreach (var ns in Workloads.Select(static workload => workload.Namespace).Distinct())
        {
            writer.Create(ResourceKinds.Namespaces, new JsonObject { ["metadata"] = new JsonObject { ["name"] = ns } });
        }

        for (var number = 1; number <= DemoNodes.Count; number++)
        {
            var status = DemoNodes.Status(number, writer.Now);
            writer.Create(ResourceKinds.Nodes, DemoNodes.Node(number, writer.Now));
            writer.Change(ResourceKinds.Nodes, "", DemoNodes.NameOf(number), node => node["status"] = status.DeepClone(), "status", "kubelet");
        }

        foreach (var workload in Workloads)
        {
            writer.Create(ResourceKinds.ServiceAccounts, new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = workload.Name, ["namespace"] = workload.Namespace },
            });
            for (var ordinal = 1; ordinal <= workload.Replicas; ordinal++)
            {
                writer.Create(ResourceKinds.Pods, workload.Pod(ordinal), "kube-controller-manager");
                player.Run(
                    workload.Namespace, workload.PodName(ordinal), DemoNodes.NameOf(workload.NodeOf(ordinal)),
                    DemoNodes.AddressOf(workload.NodeOf(ordinal)), IPAddress.Parse(workload.AddressOf(ordinal)));
            }
        }

        Store("shop", "orders", Port("http", 80, "http"));
        Store("shop", "carts", Port("http", 80, "http"));
        Store("shop", "catalog", Port("http", 80, "http"), Port("grpc", 9090, "grpc", "grpc"));
        Store("shop", "inventory", Port("dubbo", 20880, "dubbo"));
        Store("billing", "invoices", Port("http", 80, 8080));
        StoreSpec("billing", "payments", new JsonObject
        {
            ["clusterIP"] = "None",
            ["selector"] = new JsonObject { ["app"] = "payments" },
            ["ports"] = new JsonArray(Port("http", 8080, "http")),
        });
        StoreSpec("billing", "ledger", new JsonObject { ["type"] = "ExternalName", ["externalName"] = "ledger.legacy.example" });

        void Store(string ns, string name, params JsonNode[] ports) =>
            StoreSpec(ns, name, new JsonObject { ["selector"] = new JsonObject { ["app"] = name }, ["ports"] = new JsonArray(ports) });

        void StoreSpec(string ns, string name, JsonObject spec) =>
            writer.Create(ResourceKinds.Services, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns }, ["spec"] = spec });
    }

    private static JsonObject Port(string name, int port, JsonNode targetPort, string? appProtocol = null)
    {
        var json = new JsonObject { ["name"] = name, ["protocol"] = "TCP", ["port"] = port, ["targetPort"] = targetPort };
        if (appProtocol is not null)
        {
            json["appProtocol"] = appProtocol;
        }

        return json;
    }

    private static string DubboUrl(string ip, string service, string application) =>
        $"dubbo://{ip}:20880/{service}?anyhost=true&application={application}&interface={service}&ip={ip}&methods=SayHello,Bye&pid=1"
        + "&registry.role=3&release=dubbo-golang-1.5.9&side=provider&timestamp=1700000000&version=1.0.0";
}
