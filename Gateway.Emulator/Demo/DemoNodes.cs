using System.Text.Json.Nodes;

namespace Gateway.Emulator.Demo;

/// <summary>The demo's three nodes, each in a zone of its own.</summary>
internal static class DemoNodes
{
    public const int Count = 3;

    public static string NameOf(int number) => $"node-{number}";

    public static string AddressOf(int number) => $"172.18.0.{number + 1}";

    public static JsonObject Node(int number, string now) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = NameOf(number),
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/arch"] = "amd64",
                ["kubernetes.io/hostname"] = NameOf(number),
                ["kubernetes.io/os"] = "linux",
                ["topology.kubernetes.io/region"] = "demo",
                ["topology.kubernetes.io/zone"] = $"zone-{(char)('a' + number - 1)}",
            },
        },
        ["spec"] = new JsonObject { ["podCIDR"] = $"10.244.{number}.0/24", ["podCIDRs"] = new JsonArray($"10.244.{number}.0/24") },
        ["status"] = Status(number, now),
    };

    public static JsonObject Status(int number, string now) => new()
    {
        ["capacity"] = Resources(),
        ["allocatable"] = Resources(),
        ["conditions"] = new JsonArray(
            Condition("MemoryPressure", "False", "KubeletHasSufficientMemory", now),
            Condition("DiskPressure", "False", "KubeletHasNoDiskPressure", now),
            Condition("PIDPressure", "False", "KubeletHasSufficientPID", now),
            Condition("Ready", "True", "KubeletReady", now)),
        ["addresses"] = new JsonArray(
            new JsonObject { ["type"] = "InternalIP", ["address"] = AddressOf(number) },
            new JsonObject { ["type"] = "Hostname", ["address"] = NameOf(number) }),
        ["nodeInfo"] = new JsonObject
        {
            ["machineID"] = "",
            ["systemUUID"] = "",
            ["bootID"] = "",
            ["kernelVersion"] = "6.1.0",
            ["osImage"] = "Emulated",
            ["containerRuntimeVersion"] = "containerd://2.0.0",
            ["kubeletVersion"] = "v1.33.0",
            ["kubeProxyVersion"] = "",
            ["operatingSystem"] = "linux",
            ["architecture"] = "amd64",
        },
    };

    private static JsonObject Resources() => new() { ["cpu"] = "8", ["memory"] = "32Gi", ["pods"] = "110" };

    private static JsonObject Condition(string type, string status, string reason, string now) => new()
    {
        ["type"] = type,
        ["status"] = status,
        ["lastHeartbeatTime"] = now,
        ["lastTransitionTime"] = now,
        ["reason"] = reason,
    };
}
