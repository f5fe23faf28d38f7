using System.Globalization;
using System.Text;
using Gateway.Api.Errors;
using Gateway.Core.Results;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api.Requests;

/// <summary>
/// Reads a registration body from form fields: the members by name, <c>metadata.k=v</c> for each entry of the map, <c>mirrors</c> once per format.
/// Fields of the wrong type are added to the fault list; reading stops when that is cut.
/// </summary>
internal static class RegistrationForm
{
    private const string MetadataPrefix = "metadata.";

    public static RegistrationBody Read(ReadOnlyMemory<byte> form, FaultList faults, MetadataBudget budget)
    {
        var body = new RegistrationBody();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in new QueryStringEnumerable(Encoding.UTF8.GetString(form.Span)))
        {
            ReadField(body, field.DecodeName().ToString(), field.DecodeValue().ToString(), seen, faults, budget);
            if (faults.IsCut)
                break;
        }
        return UrlBody.Expand(body, "", faults, budget);
    }

    private static void ReadField(RegistrationBody body, string name, string value, HashSet<string> seen, FaultList faults, MetadataBudget budget)
    {
        if (name == "mirrors")
            AddMirror(body, value, faults);
        else if (name.StartsWith(MetadataPrefix, StringComparison.Ordinal))
            AddMetadata(body, name[MetadataPrefix.Length..], value, faults, budget);
        else if (!Set(body, name, value, faults))
            faults.AtPointer(JsonPointer.Append("", name), FaultCodes.UnknownMember, $"Unknown form field '{FaultText.Shortened(name)}'.");
        else if (!seen.Add(name))
            faults.AtPointer(JsonPointer.Append("", name), FaultCodes.Repeated, $"'{name}' appears twice.");
    }

    /// <summary>False: no member has this name.</summary>
    private static bool Set(RegistrationBody body, string name, string value, FaultList faults)
    {
        switch (name)
        {
            case "namespace": body.Namespace = value; break;
            case "pod": body.Pod = value; break;
            case "url": body.Url = value; break;
            case "service": body.Service = value; break;
            case "port": body.Port = Integer(name, value, faults); break;
            case "group": body.Group = value; break;
            case "version": body.Version = value; break;
            case "protocol": body.Protocol = value; break;
            case "weight": body.Weight = Integer(name, value, faults); break;
            case "ttl": body.Ttl = Integer(name, value, faults); break;
            case "container": body.Container = value; break;
            default: return false;
        }
        return true;
    }

    private static void AddMirror(RegistrationBody body, string value, FaultList faults)
    {
        var mirrors = body.Mirrors ?? [];
        if (mirrors.Count < RegistrationBodies.Mirrors.Most)
        {
            body.Mirrors = [.. mirrors, value];
            return;
        }
        faults.AtPointer("/mirrors", RegistrationBodies.Mirrors.Code, RegistrationBodies.Mirrors.Detail);
        faults.Cut();
    }

    private static void AddMetadata(RegistrationBody body, string key, string value, FaultList faults, MetadataBudget budget)
    {
        body.Metadata ??= new Dictionary<string, string?>(StringComparer.Ordinal);
        if (!body.Metadata.TryAdd(key, value))
            faults.AtPointer(JsonPointer.Append("/metadata", key), FaultCodes.Repeated, $"'{FaultText.Shortened(key)}' appears twice.");
        else if (!budget.Take(key, value))
            faults.Cut();
    }

    private static int? Integer(string name, string text, FaultList faults)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        faults.AtPointer($"/{name}", FaultCodes.WrongType, $"'{name}' must be an integer.");
        return null;
    }
}
