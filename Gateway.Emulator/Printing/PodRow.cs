using System.Text.Json.Nodes;

namespace Gateway.Emulator.Printing;

/// <summary>
/// A pod's row as the real printer makes it (<c>pkg/printers/internalversion</c>): one word for the state of all containers.
/// </summary>
internal static class PodRow
{
    public static readonly TableLayout Layout = new(
        [
            new("Name", "string", "name", Descriptions.Name, 0),
            TableColumn.Text("Ready", Descriptions.PodReady), TableColumn.Text("Status", Descriptions.PodStatus),
            TableColumn.Text("Restarts", Descriptions.PodRestarts), TableColumn.Text("Age", Descriptions.Age),
            TableColumn.Text("IP", Descriptions.PodIP, 1), TableColumn.Text("Node", Descriptions.PodNode, 1),
            TableColumn.Text("Nominated Node", Descriptions.PodNominatedNode, 1),
            TableColumn.Text("Readiness Gates", Descriptions.PodReadinessGates, 1),
        ],
        Cells);

    private static JsonNode?[] Cells(JsonObject pod, DateTimeOffset now)
    {
        var spec = pod["spec"] as JsonObject ?? [];
        var status = pod["status"] as JsonObject ?? [];
        var statuses = List(status, "containerStatuses");
        var sidecars = List(spec, "initContainers").Where(static one => (string?)one["restartPolicy"] == "Always")
            .Select(static one => (string?)one["name"]).ToHashSet();
        var sidecarStatuses = List(status, "initContainerStatuses").Where(one => sidecars.Contains((string?)one["name"])).ToList();
        var ready = statuses.Concat(sidecarStatuses).Count(static one => (bool?)one["ready"] == true && one["state"]?["running"] is not null);
        var total = List(spec, "containers").Count() + sidecars.Count;
        var ip = (string?)status["podIPs"]?[0]?["ip"] ?? (string?)status["podIP"];
        return
        [
            (string?)pod["metadata"]!["name"],
            $"{ready}/{total}",
            Reason(pod, statuses),
            Restarts(statuses.Concat(sidecarStatuses).ToList(), now),
            HumanDuration.Since((string?)pod["metadata"]!["creationTimestamp"], now),
            ip ?? "<none>",
            (string?)spec["nodeName"] ?? "<none>",
            (string?)status["nominatedNodeName"] ?? "<none>",
            Gates(spec, status),
        ];
    }

    private static string Reason(JsonObject pod, IEnumerable<JsonObject> statuses)
    {
        var status = pod["status"] as JsonObject ?? [];
        var reason = (string?)status["reason"] ?? (string?)status["phase"] ?? "Unknown";
        if (List(status, "conditions").Any(static one => (string?)one["type"] == "PodScheduled" && (string?)one["reason"] == "SchedulingGated"))
            reason = "SchedulingGated";
        var running = false;
        foreach (var container in statuses.Reverse())
        {
            var state = container["state"];
            if ((string?)state?["waiting"]?["reason"] is { Length: > 0 } waiting)
                reason = waiting;
            else if (state?["terminated"] is { } terminated)
                reason = Terminated(terminated);
            else if ((bool?)container["ready"] == true && state?["running"] is not null)
                running = true;
        }
        if (reason == "Completed" && running)
            reason = IsReady(status) ? "Running" : "NotReady";
        if (pod["metadata"]!["deletionTimestamp"] is null)
            return reason;
        if ((string?)status["reason"] == "NodeLost")
            return "Unknown";
        return (string?)status["phase"] is "Failed" or "Succeeded" ? reason : "Terminating";
    }

    private static string Terminated(JsonNode state) =>
        (string?)state["reason"] is { Length: > 0 } reason ? reason
        : (long?)state["signal"] is { } signal and not 0 ? $"Signal:{signal}"
        : $"ExitCode:{(long?)state["exitCode"] ?? 0}";

    private static string Restarts(IReadOnlyList<JsonObject> statuses, DateTimeOffset now)
    {
        var count = statuses.Sum(static one => (long?)one["restartCount"] ?? 0);
        var last = statuses.Select(static one => (string?)one["lastState"]?["terminated"]?["finishedAt"]).Where(static one => one is not null).Max();
        return count > 0 && last is not null ? $"{count} ({HumanDuration.Since(last, now)} ago)" : $"{count}";
    }

    private static string Gates(JsonObject spec, JsonObject status)
    {
        var gates = List(spec, "readinessGates").Select(static one => (string?)one["conditionType"]).ToList();
        if (gates.Count == 0)
            return "<none>";
        var met = gates.Count(gate => List(status, "conditions").Any(one => (string?)one["type"] == gate && (string?)one["status"] == "True"));
        return $"{met}/{gates.Count}";
    }

    private static bool IsReady(JsonObject status) =>
        List(status, "conditions").Any(static one => (string?)one["type"] == "Ready" && (string?)one["status"] == "True");

    private static IEnumerable<JsonObject> List(JsonObject parent, string name) => (parent[name] as JsonArray)?.OfType<JsonObject>() ?? [];
}
