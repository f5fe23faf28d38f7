using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>Endpoints that may share slices, because their address type and ports are the same.</summary>
internal sealed record EndpointGroup(string AddressType, IReadOnlyList<EndpointPort> Ports, List<JsonObject> Endpoints)
{
    public string Key => $"{AddressType}:{EndpointPort.KeyOf(Ports)}";

    /// <summary>The key of the group that a slice belongs to.</summary>
    public static string KeyOf(JsonObject slice) =>
        $"{slice.Text("addressType")}:{EndpointPort.KeyOf(slice.Items("ports").Select(EndpointPort.Read))}";

    /// <summary>Equal for two states of one endpoint.</summary>
    public static string IdentityOf(JsonObject endpoint)
    {
        var target = endpoint.Object("targetRef");
        return $"{string.Join(',', endpoint.Texts("addresses"))} {endpoint.Text("hostname")} {target.Text("kind")}/{target.Text("namespace")}/{target.Text("name")}/{target.Text("uid")}";
    }
}
