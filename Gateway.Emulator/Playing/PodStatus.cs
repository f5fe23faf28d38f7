using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Controllers;

namespace Gateway.Emulator.Playing;

/// <summary>The status of a pod as scheduler and kubelet write it over its life. Every method changes only the pod it is given.</summary>
internal static class PodStatus
{
    public static void Bind(JsonObject pod, string node, string now)
    {
        pod["spec"]!["nodeName"] = node;
        SetCondition(Status(pod), "PodScheduled", true, now);
    }

    public static void Unschedulable(JsonObject pod, string message, string now) =>
        SetCondition(Status(pod), "PodScheduled", false, now, "Unschedulable", message);

    /// <summary>The kubelet has accepted the pod: its containers are being created.</summary>
    public static void Create(JsonObject pod, string? hostIp, string now)
    {
        var status = Status(pod);
        status["phase"] = "Pending";
        SetCondition(status, "PodReadyToStartContainers", false, now);
        SetCondition(status, "Initialized", !InitContainers(pod).Any(), now);
        var names = string.Join(' ', Containers(pod).Select(static container => container.Text("name")));
        SetNotReady(status, "ContainersNotReady", $"containers with unready status: [{names}]", now);
        SetCondition(status, "PodScheduled", true, now);
        SetHost(status, hostIp);
        status["startTime"] = now;
        SetContainers(pod, status, static container => ContainerStatus.Waiting(container, "PodInitializing"), static container => ContainerStatus.Waiting(container, "ContainerCreating"));
    }

    /// <summary>All containers run and are ready; init containers have finished, native sidecars run.</summary>
    public static void Run(JsonObject pod, string? hostIp, IReadOnlyList<IPAddress> addresses, string now)
    {
        var status = Status(pod);
        status["phase"] = "Running";
        foreach (var type in (string[])["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"])
        {
            SetCondition(status, type, true, now);
        }

        SetHost(status, hostIp);
        status["podIP"] = addresses[0].ToString();
        status["podIPs"] = new JsonArray([.. addresses.Select(static address => new JsonObject { ["ip"] = address.ToString() })]);
        status["startTime"] ??= now;
        SetContainers(
            pod,
            status,
            container => IsSidecar(container) ? ContainerStatus.Running(container, now) : ContainerStatus.Completed(container, now),
            container => ContainerStatus.Running(container, now));
    }

    public static void SetReady(JsonObject pod, bool isReady, string now)
    {
        var status = Status(pod);
        List<string> names = [];
        foreach (var container in status.Items("containerStatuses"))
        {
            container["ready"] = isReady;
            names.Add(container.Text("name") ?? "");
        }

        if (!isReady)
        {
            SetNotReady(status, "ContainersNotReady", $"containers with unready status: [{string.Join(' ', names)}]", now);
            return;
        }

        SetCondition(status, "Ready", true, now);
        SetCondition(status, "ContainersReady", true, now);
    }

    /// <summary>All containers have terminated and none is restarted.</summary>
    public static void Finish(JsonObject pod, bool hasSucceeded, string now)
    {
        var status = Status(pod);
        status["phase"] = hasSucceeded ? "Succeeded" : "Failed";
        foreach (var container in status.Items("containerStatuses").Concat(status.Items("initContainerStatuses")))
        {
            if (container.Object("state")?.ContainsKey("terminated") != true)
            {
                ContainerStatus.Finish(container, hasSucceeded ? 0 : 1, now);
            }
        }

        SetNotReady(status, hasSucceeded ? "PodCompleted" : "PodFailed", null, now);
    }

    /// <summary>The status is still as the API server created it: neither scheduler nor kubelet has written it.</summary>
    public static bool IsUntouched(JsonObject pod)
    {
        var status = pod.Object("status");
        return status.Text("phase") is null or "" or "Pending"
            && string.IsNullOrEmpty(status.Text("podIP"))
            && !status.Items("podIPs").Any()
            && !status.Items("containerStatuses").Any();
    }

    public static JsonObject Status(JsonObject pod)
    {
        if (pod.Object("status") is { } status)
        {
            return status;
        }

        status = [];
        pod["status"] = status;
        return status;
    }

    private static void SetNotReady(JsonObject status, string reason, string? message, string now)
    {
        SetCondition(status, "Ready", false, now, reason, message);
        SetCondition(status, "ContainersReady", false, now, reason, message);
    }

    /// <summary>The transition time changes only with the condition's status.</summary>
    private static void SetCondition(JsonObject status, string type, bool value, string now, string? reason = null, string? message = null)
    {
        if (status["conditions"] is not JsonArray conditions)
        {
            status["conditions"] = conditions = [];
        }

        var condition = conditions.OfType<JsonObject>().FirstOrDefault(condition => condition.Text("type") == type);
        if (condition is null)
        {
            condition = new JsonObject { ["type"] = type };
            conditions.Add(condition);
        }

        var text = value ? "True" : "False";
        if (condition.Text("status") != text)
        {
            condition["status"] = text;
            condition["lastProbeTime"] = null;
            condition["lastTransitionTime"] = now;
        }

        Put(condition, "reason", reason);
        Put(condition, "message", message);
    }

    private static void SetHost(JsonObject status, string? hostIp)
    {
        if (hostIp is not null)
        {
            status["hostIP"] = hostIp;
            status["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = hostIp });
        }
    }

    private static void SetContainers(JsonObject pod, JsonObject status, Func<JsonObject, JsonObject> ofInit, Func<JsonObject, JsonObject> ofContainer)
    {
        JsonArray init = [.. InitContainers(pod).Select(ofInit)];
        if (init.Count > 0)
        {
            status["initContainerStatuses"] = init;
        }

        status["containerStatuses"] = new JsonArray([.. Containers(pod).Select(ofContainer)]);
    }

    private static void Put(JsonObject target, string name, string? value)
    {
        target.Remove(name);
        if (value is not null)
        {
            target[name] = value;
        }
    }

    private static bool IsSidecar(JsonObject container) => container.Text("restartPolicy") == "Always";

    private static IEnumerable<JsonObject> Containers(JsonObject pod) => pod.Object("spec").Items("containers");

    private static IEnumerable<JsonObject> InitContainers(JsonObject pod) => pod.Object("spec").Items("initContainers");
}
