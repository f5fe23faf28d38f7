using System.Text.Json.Nodes;

namespace Gateway.Tests.Conformance;

/// <summary>The status that a kubelet posts for a pod; every member that is given replaces the pod's.</summary>
internal static class KubeletStatus
{
    public static JsonObject Of(string phase, IReadOnlyList<string> addresses, bool isReady, IEnumerable<string> containers, int restarts = 0, DateTimeOffset? startedAt = null)
    {
        var started = startedAt ?? DateTimeOffset.UtcNow.AddMinutes(-1);
        var status = new JsonObject
        {
            ["phase"] = phase,
            ["conditions"] = Conditions(isReady),
            ["containerStatuses"] = new JsonArray([.. containers.Select(name => Container(name, isReady, restarts, started))]),
        };
        if (addresses.Count > 0)
        {
            status["podIP"] = addresses[0];
            status["podIPs"] = new JsonArray([.. addresses.Select(static address => new JsonObject { ["ip"] = address })]);
        }

        return status;
    }

    public static JsonArray Conditions(bool isReady) =>
    [
        .. from type in new[] { "Initialized", "Ready", "ContainersReady", "PodScheduled" }
           select new JsonObject
           {
               ["type"] = type,
               ["status"] = isReady || type is "Initialized" or "PodScheduled" ? "True" : "False",
               ["lastTransitionTime"] = Time(DateTimeOffset.UtcNow),
           },
    ];

    public static JsonObject Container(string name, bool isReady, int restarts, DateTimeOffset startedAt)
    {
        var container = new JsonObject
        {
            ["name"] = name,
            ["image"] = $"example.com/{name}:1",
            ["imageID"] = $"example.com/{name}@sha256:0",
            ["containerID"] = $"containerd://{name}-{restarts}",
            ["ready"] = isReady,
            ["started"] = true,
            ["restartCount"] = restarts,
            ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Time(startedAt) } },
        };
        if (restarts > 0)
        {
            container["lastState"] = new JsonObject
            {
                ["terminated"] = new JsonObject
                {
                    ["exitCode"] = 137,
                    ["reason"] = "Error",
                    ["startedAt"] = Time(startedAt.AddMinutes(-5)),
                    ["finishedAt"] = Time(startedAt.AddSeconds(-1)),
                    ["containerID"] = $"containerd://{name}-{restarts - 1}",
                },
            };
        }

        return container;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
}
