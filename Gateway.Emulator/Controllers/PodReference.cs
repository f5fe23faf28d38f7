using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>The targetRef of a pod's endpoint.</summary>
internal static class PodReference
{
    public static JsonObject To(PodFacts pod) => new()
    {
        ["kind"] = "Pod",
        ["namespace"] = pod.Namespace,
        ["name"] = pod.Name,
        ["uid"] = pod.Uid,
    };
}
