using System.Text.Json.Nodes;

namespace Gateway.Tests.EndToEnd;

/// <summary>One server-sent event as a client gets it.</summary>
internal sealed record ReceivedEvent(string Name, string? Id, JsonNode Data)
{
    /// <summary>The instance's id, for added, modified and removed.</summary>
    public string InstanceId => (string)Data["id"]!;
}
