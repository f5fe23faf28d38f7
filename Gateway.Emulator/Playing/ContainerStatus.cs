using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Controllers;

namespace Gateway.Emulator.Playing;

/// <summary>
/// One entry of <c>containerStatuses</c> or <c>initContainerStatuses</c>, in the states that the kubelet reports. Pure except for container
/// ids.
/// </summary>
internal static class ContainerStatus
{
    public static JsonObject Waiting(JsonObject container, string reason) => new()
    {
        ["name"] = container.Text("name"),
        ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason } },
        ["lastState"] = new JsonObject(),
        ["ready"] = false,
        ["restartCount"] = 0,
        ["image"] = container.Text("image"),
        ["imageID"] = "",
        ["started"] = false,
    };

    public static JsonObject Running(JsonObject container, string startedAt) =>
        Started(container, new JsonObject { ["running"] = new JsonObject { ["startedAt"] = startedAt } }, NewId(), started: true);

    /// <summary>An init container that finished successfully.</summary>
    public static JsonObject Completed(JsonObject container, string time)
    {
        var id = NewId();
        return Started(container, Terminated(id, exitCode: 0, startedAt: time, finishedAt: time), id, started: false);
    }

    /// <summary>The container has terminated and was started again with a new id.</summary>
    public static void Restart(JsonObject status, string finishedAt, string startedAt)
    {
        status["lastState"] = Terminated(status.Text("containerID") ?? "", exitCode: 1, StartOf(status) ?? finishedAt, finishedAt);
        status["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = startedAt } };
        status["restartCount"] = (status.Number("restartCount") ?? 0) + 1;
        status["containerID"] = NewId();
        status["started"] = true;
    }

    public static void Finish(JsonObject status, int exitCode, string time)
    {
        status["state"] = Terminated(status.Text("containerID") ?? "", exitCode, StartOf(status) ?? time, time);
        status["ready"] = false;
        status["started"] = false;
    }

    private static JsonObject Started(JsonObject container, JsonObject state, string id, bool started) => new()
    {
        ["name"] = container.Text("name"),
        ["state"] = state,
        ["lastState"] = new JsonObject(),
        ["ready"] = true,
        ["restartCount"] = 0,
        ["image"] = container.Text("image"),
        ["imageID"] = ImageId(container.Text("image") ?? ""),
        ["containerID"] = id,
        ["started"] = started,
    };

    private static JsonObject Terminated(string id, int exitCode, string startedAt, string finishedAt) => new()
    {
        ["terminated"] = new JsonObject
        {
            ["exitCode"] = exitCode,
            ["reason"] = exitCode == 0 ? "Completed" : "Error",
            ["startedAt"] = startedAt,
            ["finishedAt"] = finishedAt,
            ["containerID"] = id,
        },
    };

    private static string? StartOf(JsonObject status) => status.Object("state").Object("running").Text("startedAt");

    private static string NewId() => "containerd://" + RandomNumberGenerator.GetHexString(64, lowercase: true);

    private static string ImageId(string image) => $"{image}@sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(image)))}";
}
