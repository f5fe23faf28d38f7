using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Core.Annotations.Bodies;

/// <summary>Reads a member that only some bodies have; false: it is unknown to them too, and is not read.</summary>
public delegate bool FurtherMember(ref JsonBody json, string pointer, string name);

/// <summary>
/// Reads one registration from JSON, whether it comes by POST or by <c>declare</c>; unknown members, repeated ones and those of the wrong type
/// are added to the fault list.
/// </summary>
public static class RegistrationBodyReader
{
    public static readonly ItemLimit Mirrors = new(MirrorNames.All.Length, FaultCodes.TooLong, $"At most {MirrorNames.All.Length} mirrors.");

    private static readonly ItemLimit Ports = new(RegistrationRules.MaxPorts, FaultCodes.TooLong, $"At most {RegistrationRules.MaxPorts} ports.");

    /// <summary>False: it is no object.</summary>
    public static bool Read(ref JsonBody json, string pointer, RegistrationBody body, FurtherMember? further = null)
    {
        if (!json.IsObject(pointer, "A registration must be a JSON object."))
            return false;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.NextMember(seen, pointer, out var name))
        {
            switch (name)
            {
                case "service": body.Service = json.Text(pointer, name); break;
                case "port": body.Port = json.Integer(pointer, name); break;
                case "group": body.Group = json.Text(pointer, name); break;
                case "version": body.Version = json.Text(pointer, name); break;
                case "protocol": body.Protocol = json.Text(pointer, name); break;
                case "ports": body.Ports = ReadPorts(ref json, pointer, name); break;
                case "metadata": body.Metadata = ReadMetadata(ref json, pointer, name); break;
                case "weight": body.Weight = json.Integer(pointer, name); break;
                case "ttl": body.Ttl = json.Integer(pointer, name); break;
                case "container": body.Container = json.Text(pointer, name); break;
                case "mirrors": body.Mirrors = ReadMirrors(ref json, pointer, name); break;
                default:
                    if (further?.Invoke(ref json, pointer, name) != true)
                        json.Unknown(pointer, name, MemberHints.Of(name, hasTarget: further is not null));
                    break;
            }
        }
        return true;
    }

    private static ImmutableSortedDictionary<string, string>? ReadMetadata(ref JsonBody json, string pointer, string name) =>
        json.TextMap(pointer, name)?.ToImmutableSortedDictionary(static entry => entry.Key, static entry => entry.Value!, StringComparer.Ordinal);

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
        (string? Name, int? Port, string? Protocol) port = default;
        if (!json.IsObject(pointer, "A port must be an object with name, port and protocol."))
            return new PortBody(null, null, null);
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
        return new PortBody(port.Name, port.Port, port.Protocol);
    }

    private static ImmutableArray<string> ReadMirrors(ref JsonBody json, string pointer, string name)
    {
        if (!json.IsArray(pointer, name))
            return [];
        var mirrors = ImmutableArray.CreateBuilder<string>();
        var at = JsonPointer.Append(pointer, name);
        while (json.NextItem(mirrors.Count, Mirrors, at))
            mirrors.Add(json.Item(JsonPointer.Append(at, mirrors.Count), FaultCodes.WrongType, "A mirror must be a string.") ?? "");
        return mirrors.ToImmutable();
    }
}
