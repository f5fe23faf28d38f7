using System.Text.Json.Nodes;

namespace Gateway.Emulator.Controllers;

/// <summary>A port of a slice or of an Endpoints subset.</summary>
internal sealed record EndpointPort(string Name, int? Port, string Protocol, string? AppProtocol)
{
    public static EndpointPort Read(JsonObject port) =>
        new(port.Text("name") ?? "", port.Number("port"), port.Text("protocol") ?? "TCP", port.Text("appProtocol"));

    /// <summary>Equal for equal sets of ports in any order; endpoints are grouped by it.</summary>
    public static string KeyOf(IEnumerable<EndpointPort> ports) =>
        string.Join(',', ports.Select(static port => $"{port.Name}/{port.Port}/{port.Protocol}/{port.AppProtocol}").Order(StringComparer.Ordinal));

    /// <summary>Slices write a port's name even when it is empty.</summary>
    public JsonObject ToSliceJson()
    {
        var json = new JsonObject { ["name"] = Name, ["protocol"] = Protocol };
        if (Port is { } number)
        {
            json["port"] = number;
        }

        return WithAppProtocol(json);
    }

    /// <summary>Endpoints omit an empty name.</summary>
    public JsonObject ToSubsetJson()
    {
        var json = new JsonObject();
        if (Name.Length > 0)
        {
            json["name"] = Name;
        }

        json["port"] = Port;
        json["protocol"] = Protocol;
        return WithAppProtocol(json);
    }

    private JsonObject WithAppProtocol(JsonObject json)
    {
        if (AppProtocol is not null)
        {
            json["appProtocol"] = AppProtocol;
        }

        return json;
    }
}
