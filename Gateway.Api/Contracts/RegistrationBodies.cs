using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Api.Errors;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api.Contracts;

/// <summary>Makes registration bodies out of JSON or form fields; what has the wrong shape goes to the fault list.</summary>
public static class RegistrationBodies
{
    public static RegistrationBody? Read(JsonElement element, string pointer, FaultList faults)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.AtPointer(pointer, FaultCodes.WrongType, "A registration is a JSON object.");
            return null;
        }
        var members = new JsonMembers(element, pointer, faults);
        var body = new RegistrationBody
        {
            Namespace = members.Text("namespace"),
            Pod = members.Text("pod"),
            Url = members.Text("url"),
            Service = members.Text("service"),
            Port = members.Integer("port"),
            Group = members.Text("group"),
            Version = members.Text("version"),
            Protocol = members.Text("protocol"),
            Ports = members.Items("ports") is { } ports ? [.. ports.Select(port => ReadPort(port.Value, port.Pointer, faults))] : null,
            Metadata = members.TextMap("metadata"),
            Weight = members.Integer("weight"),
            Ttl = members.Integer("ttl"),
            Container = members.Text("container"),
            Mirrors = members.Items("mirrors") is { } mirrors ? [.. mirrors.Select(mirror => ReadMirror(mirror.Value, mirror.Pointer, faults))] : null,
        };
        members.Finish();
        return UrlBody.Expand(body, pointer, faults);
    }

    public static ChangesBody? ReadChanges(JsonElement element, FaultList faults)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.AtPointer("", FaultCodes.WrongType, "A merge patch is a JSON object.");
            return null;
        }
        var members = new JsonMembers(element, "", faults);
        var (hasStatus, hasWeight, hasMetadata) = (members.Has("status"), members.Has("weight"), members.Has("metadata"));
        var (status, weight, metadata) = (members.Text("status"), members.Integer("weight"), members.TextMap("metadata", nullRemoves: true));
        members.Finish();
        return new ChangesBody
        {
            Status = status,
            ResetsStatus = hasStatus && status is null,
            Weight = weight,
            ResetsWeight = hasWeight && weight is null,
            Metadata = metadata,
            ClearsMetadata = hasMetadata && metadata is null,
        };
    }

    /// <summary>Form fields: the members by name, <c>metadata.k=v</c> for each entry of the map, <c>mirrors</c> once for each format.</summary>
    public static RegistrationBody ReadForm(ReadOnlyMemory<byte> form, FaultList faults)
    {
        var single = new Dictionary<string, string>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string?>(StringComparer.Ordinal);
        var mirrors = new List<string>();
        foreach (var field in new QueryStringEnumerable(Encoding.UTF8.GetString(form.Span)))
        {
            var (name, value) = (field.DecodeName().ToString(), field.DecodeValue().ToString());
            if (name == "mirrors")
                mirrors.Add(value);
            else if (name.StartsWith("metadata.", StringComparison.Ordinal))
                AddOnce(metadata!, name["metadata.".Length..], value, JsonPointer.Append("/metadata", name["metadata.".Length..]), faults);
            else
                AddOnce(single, name, value, JsonPointer.Append("", JsonMembers.Shortened(name)), faults);
        }
        var body = new RegistrationBody
        {
            Namespace = Take("namespace"),
            Pod = Take("pod"),
            Url = Take("url"),
            Service = Take("service"),
            Port = TakeInteger("port"),
            Group = Take("group"),
            Version = Take("version"),
            Protocol = Take("protocol"),
            Metadata = metadata.Count == 0 ? null : metadata,
            Weight = TakeInteger("weight"),
            Ttl = TakeInteger("ttl"),
            Container = Take("container"),
            Mirrors = mirrors.Count == 0 ? null : mirrors,
        };
        foreach (var name in single.Keys)
            faults.AtPointer(JsonPointer.Append("", JsonMembers.Shortened(name)), FaultCodes.UnknownMember, $"There is no form field '{JsonMembers.Shortened(name)}'.");
        return UrlBody.Expand(body, "", faults);

        string? Take(string name) => single.Remove(name, out var value) ? value : null;

        int? TakeInteger(string name)
        {
            if (Take(name) is not { } text)
                return null;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                return number;
            faults.AtPointer($"/{name}", FaultCodes.WrongType, $"'{name}' has to be a whole number.");
            return null;
        }
    }

    private static void AddOnce(Dictionary<string, string> map, string name, string value, string pointer, FaultList faults)
    {
        if (!map.TryAdd(name, value))
            faults.AtPointer(pointer, FaultCodes.Repeated, $"'{JsonMembers.Shortened(name)}' stands here twice.");
    }

    private static PortBody ReadPort(JsonElement element, string pointer, FaultList faults)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            faults.AtPointer(pointer, FaultCodes.WrongType, "A port is an object of name, port and protocol.");
            return new PortBody();
        }
        var members = new JsonMembers(element, pointer, faults);
        var port = new PortBody { Name = members.Text("name"), Port = members.Integer("port"), Protocol = members.Text("protocol") };
        members.Finish();
        return port;
    }

    private static string ReadMirror(JsonElement element, string pointer, FaultList faults)
    {
        if (element.ValueKind == JsonValueKind.String)
            return element.GetString()!;
        faults.AtPointer(pointer, FaultCodes.WrongType, "A mirror is named by a string.");
        return "";
    }
}
