using System.Text.Json.Nodes;

namespace Gateway.Emulator.Defaulting;

/// <summary>A pod's <c>qosClass</c>, from the resource requests and limits of its containers.</summary>
internal static class QualityOfService
{
    public static string Of(JsonObject spec)
    {
        var guaranteed = true;
        var any = false;
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")))
        {
            foreach (var name in (string[])["cpu", "memory"])
            {
                var limit = container["resources"]?["limits"]?[name]?.ToString();
                var request = container["resources"]?["requests"]?[name]?.ToString() ?? limit;
                any |= request is not null;
                guaranteed &= limit is not null && limit == request;
            }
        }
        return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
    }
}
