using Gateway.Api.Errors;

namespace Gateway.Api.Requests;

/// <summary>Reads registration bodies from JSON; members of the wrong type are added to the fault list.</summary>
internal static class RegistrationBodies
{
    public static readonly ItemLimit Mirrors =
        new(RegistrationBodyValidator.MirrorFormats.Count, FaultCodes.TooLong, $"At most {RegistrationBodyValidator.MirrorFormats.Count} mirrors.");

    private static readonly ItemLimit Ports = new(RegistrationBodyValidator.MaxPorts, FaultCodes.TooLong, "At most 64 ports.");

    public static RegistrationBody? Read(ref JsonBody json, string pointer)
    {
        if (!json.IsObject(pointer, "A registration must be a JSON object."))
            return null;
        var body = new RegistrationBody();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.NextMember(seen, pointer, out var name))
        {
            switch (name)
            {
                case "namespace": body.Namespace = json.Text(pointer, name); break;
                case "pod": body.Pod = json.Text(pointer, name); break;
                case "url": body.Url = json.Text(pointer, name); break;
                case "service": body.Service = json.Text(pointer, name); break;
                case "port": body.Port = json.Integer(pointer, name); break;
                case "group": body.Group = json.Text(pointer, name); break;
                case "version": body.Version = json.Text(pointer, name); break;
                case "protocol": body.Protocol = json.Text(pointer, name); break;
                case "ports": body.Ports = ReadPorts(ref json, pointer, name); break;
                case "metadata": body.Metadata = json.TextMap(pointer, name); break;
                case "weight": body.Weight = json.Integer(pointer, name); break;
                case "ttl": body.Ttl = json.Integer(pointer, name); break;
                case "container": body.Container = json.Text(pointer, name); break;
                case "mirrors": body.Mirrors = ReadMirrors(ref json, pointer, name); break;
                default: json.Unknown(pointer, name); break;
            }
        }
        return UrlBody.Expand(body, pointer, json.Faults, json.Budget);
    }

    public static ChangesBody? ReadChanges(ref JsonBody json)
    {
        if (!json.IsObject("", "A merge patch must be a JSON object."))
            return null;
        var body = new ChangesBody();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.NextMember(seen, "", out var name))
        {
            switch (name)
            {
                case "status": body.Status = json.Text("", name); break;
                case "weight": body.Weight = json.Integer("", name); break;
                case "metadata": body.Metadata = json.TextMap("", name, nullRemoves: true); break;
                default: json.Unknown("", name); break;
            }
        }
        body.ResetsStatus = body.Status is null && seen.Contains("status");
        body.ResetsWeight = body.Weight is null && seen.Contains("weight");
        body.ClearsMetadata = body.Metadata is null && seen.Contains("metadata");
        return body;
    }

    private static List<PortBody>? ReadPorts(ref JsonBody json, string pointer, string name)
    {
        if (!json.IsArray(pointer, name))
            return null;
        var ports = new List<PortBody>();
        var (at, seen) = (JsonPointer.Append(pointer, name), new HashSet<string>(StringComparer.Ordinal));
        while (json.NextItem(ports.Count, Ports, at))
        {
            seen.Clear();
            ports.Add(ReadPort(ref json, JsonPointer.Append(at, ports.Count), seen));
        }
        return ports;
    }

    private static PortBody ReadPort(ref JsonBody json, string pointer, HashSet<string> seen)
    {
        var port = new PortBody();
        if (!json.IsObject(pointer, "A port must be an object with name, port and protocol."))
            return port;
        while (json.NextMember(seen, pointer, out var name))
        {
            switch (name)
            {
                case "name": port.Name = json.Text(pointer, name); break;
                case "port": port.Port = json.Integer(pointer, name); break;
                case "protocol": port.Protocol = json.Text(pointer, name); break;
                default: json.Unknown(pointer, name); break;
            }
        }
        return port;
    }

    private static List<string>? ReadMirrors(ref JsonBody json, string pointer, string name)
    {
        if (!json.IsArray(pointer, name))
            return null;
        var mirrors = new List<string>();
        var at = JsonPointer.Append(pointer, name);
        while (json.NextItem(mirrors.Count, Mirrors, at))
            mirrors.Add(json.Item(JsonPointer.Append(at, mirrors.Count), FaultCodes.WrongType, "A mirror must be a string.") ?? "");
        return mirrors;
    }
}
