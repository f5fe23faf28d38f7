using System.Collections.Immutable;
using System.Text;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registration;
using Gateway.Core.Results;
using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Api.Requests;

/// <summary>
/// Reads a registration from form fields: the members by name, <c>metadata.k=v</c> for each entry of the map, <c>mirrors</c> once per format.
/// An empty field is an unset one. Fields of the wrong type are added to the fault list; reading stops when that is cut.
/// </summary>
internal static class RegistrationForm
{
    private const string MetadataPrefix = "metadata.";

    // As PHP writes maps: metadata[tier].
    private const string MetadataBracket = "metadata[";

    public static RegistrationRequest Read(ReadOnlyMemory<byte> form, FaultList faults, MetadataBudget budget)
    {
        var request = new RegistrationRequest();
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in new QueryStringEnumerable(Encoding.UTF8.GetString(form.Span)))
        {
            ReadField(request, metadata, field.DecodeName().ToString(), field.DecodeValue().ToString(), seen, faults, budget);
            if (faults.IsCut)
                break;
        }
        request.Metadata = metadata.Count == 0 ? null : metadata.ToImmutable();
        return request;
    }

    private static void ReadField(
        RegistrationRequest request, ImmutableSortedDictionary<string, string>.Builder metadata,
        string name, string value, HashSet<string> seen, FaultList faults, MetadataBudget budget)
    {
        if (name.StartsWith(MetadataBracket, StringComparison.Ordinal) && name.EndsWith(']'))
            name = MetadataPrefix + name[MetadataBracket.Length..^1];
        var isMetadata = name.StartsWith(MetadataPrefix, StringComparison.Ordinal);
        if (value.Length == 0 && (isMetadata || name == "mirrors"))
            return;
        if (name == "mirrors")
            AddMirror(request, value, faults);
        else if (isMetadata)
            AddMetadata(metadata, name[MetadataPrefix.Length..], value, faults, budget);
        else if (!Set(request, name, value.Length == 0 ? null : value, faults))
            faults.AtPointer(JsonPointer.Append("", name), FaultCodes.UnknownMember, $"Unknown form field '{FaultText.Shortened(name)}'.");
        else if (!seen.Add(name))
            faults.AtPointer(JsonPointer.Append("", name), FaultCodes.Repeated, $"'{name}' appears twice.");
    }

    /// <summary>False: no member has this name.</summary>
    private static bool Set(RegistrationRequest request, string name, string? value, FaultList faults)
    {
        switch (name)
        {
            case "namespace": request.Namespace = value; break;
            case "pod": request.PodName = value; break;
            case "url": request.Url = value; break;
            case "service": request.Service = value; break;
            case "port": request.Port = Integer(name, value, faults); break;
            case "group": request.Group = value; break;
            case "version": request.Version = value; break;
            case "protocol": request.Protocol = value; break;
            case "weight": request.Weight = Integer(name, value, faults); break;
            case "ttl": request.Ttl = Seconds(name, value, faults); break;
            case "container": request.Container = value; break;
            default: return false;
        }
        return true;
    }

    private static void AddMirror(RegistrationRequest request, string value, FaultList faults)
    {
        if (request.Mirrors.Length < RegistrationBodyReader.Mirrors.Most)
        {
            request.Mirrors = request.Mirrors.Add(value);
            return;
        }
        faults.AtPointer("/mirrors", RegistrationBodyReader.Mirrors.Code, RegistrationBodyReader.Mirrors.Detail);
        faults.Cut();
    }

    private static void AddMetadata(
        ImmutableSortedDictionary<string, string>.Builder metadata, string key, string value, FaultList faults, MetadataBudget budget)
    {
        if (!metadata.TryAdd(key, value))
            faults.AtPointer(JsonPointer.Append("/metadata", key), FaultCodes.Repeated, $"'{FaultText.Shortened(key)}' appears twice.");
        else if (!budget.Take(key, value))
            faults.Cut();
    }

    /// <summary>Plain, or as a duration: <c>30</c>, <c>30s</c>, <c>2m</c>.</summary>
    private static int? Seconds(string name, string? text, FaultList faults)
    {
        if (text is null || WholeNumber.TryRead(text, out _))
            return Integer(name, text, faults);
        if (DurationText.TryParse(text, out var duration) && duration.Ticks % TimeSpan.TicksPerSecond == 0 && duration.TotalSeconds <= int.MaxValue)
            return (int)duration.TotalSeconds;
        faults.AtPointer($"/{name}", FaultCodes.WrongType, $"'{name}' must be whole seconds, such as 30, 30s or 2m.");
        return null;
    }

    private static int? Integer(string name, string? text, FaultList faults)
    {
        if (text is null)
            return null;
        if (WholeNumber.TryRead(text, out var number))
            return number;
        faults.AtPointer($"/{name}", FaultCodes.WrongType, $"'{name}' must be a whole number.");
        return null;
    }
}
