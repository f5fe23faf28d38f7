using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.Annotations.Bodies;

/// <summary>Takes one fault: a JSON pointer below the body, a code of <see cref="FaultCodes"/>, a sentence.</summary>
public delegate void BodyFault(string pointer, string code, string detail);

/// <summary>The value rules of a registration (contract, sections 1 and 2), for a POST and for <c>declare</c>. Every fault is reported.</summary>
public static class RegistrationBodyRules
{
    private const string Protocol = "A protocol must be 1 to 63 of A-Z a-z 0-9 . _ + / -";
    private const string Port = "The port must be 1 to 65535.";

    /// <param name="body">As its reader left it.</param>
    /// <param name="fail">Takes each fault.</param>
    /// <param name="needsKey">Service and port are required; not where they could not be read from a URL.</param>
    public static void Check(RegistrationBody body, BodyFault fail, bool needsKey = true)
    {
        CheckKey(body, fail, needsKey);
        CheckWeight(body.Weight, fail);
        if (body.Ttl is < 1 or > RegistrationRules.MaxTtl)
            fail("/ttl", FaultCodes.OutOfRange, "The ttl must be 1 to 86400 seconds.");
        if (body.Container is { } container && !ObjectNames.IsLabel(container))
            fail("/container", FaultCodes.InvalidValue, $"The container must be a DNS label (lower-case letters, digits, '-') or 'none'{ObjectNames.OffendingInLabel(container)}");
        CheckPorts(body.Ports ?? [], fail);
        CheckMetadataKeys(body.Metadata?.Keys ?? [], fail);
        CheckMirrors(body, fail);
    }

    public static void CheckWeight(int? weight, BodyFault fail)
    {
        if (weight is { } given && !RegistrationRules.IsWeight(given))
            fail("/weight", FaultCodes.OutOfRange, "The weight must be 0 to 10000.");
    }

    public static void CheckMetadataKeys(IEnumerable<string> keys, BodyFault fail)
    {
        foreach (var key in keys)
        {
            if (!RegistrationRules.IsMetadataKey(key))
                fail(JsonPointer.Append("/metadata", key), FaultCodes.InvalidValue, "A metadata key must have 1 to 253 characters.");
        }
    }

    private static void CheckKey(RegistrationBody body, BodyFault fail, bool needsKey)
    {
        if (body.Service is not { } service)
            Require(needsKey, "/service", fail);
        else if (!RegistrationRules.IsName(service))
            fail("/service", FaultCodes.InvalidValue, $"A service name must be 1 to 253 of {RegistrationRules.NameCharacters}{RegistrationRules.OffendingInName(service)}");
        if (body.Port is not { } port)
            Require(needsKey, "/port", fail);
        else if (!RegistrationRules.IsPort(port))
            fail("/port", FaultCodes.OutOfRange, Port);
        if (body.Group is { } group && !RegistrationRules.IsQualifier(group))
            fail("/group", FaultCodes.InvalidValue, $"The group must be at most 128 of {RegistrationRules.NameCharacters}{RegistrationRules.OffendingInName(group)}");
        if (body.Version is { } version && !RegistrationRules.IsQualifier(version))
            fail("/version", FaultCodes.InvalidValue, $"The version must be at most 128 of {RegistrationRules.NameCharacters}{RegistrationRules.OffendingInName(version)}");
        CheckProtocol(body.Protocol, "/protocol", fail);
    }

    private static void CheckPorts(IReadOnlyList<PortBody> ports, BodyFault fail)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < ports.Count; i++)
        {
            var (port, pointer) = (ports[i], $"/ports/{i}");
            if (port.Name is null)
                Require(true, $"{pointer}/name", fail);
            else if (!RegistrationRules.IsPortName(port.Name))
                fail($"{pointer}/name", FaultCodes.InvalidValue, $"A port name must be 1 to 63 of {RegistrationRules.PortNameCharacters}{RegistrationRules.OffendingInName(port.Name)}");
            else if (!names.Add(port.Name))
                fail($"{pointer}/name", FaultCodes.Repeated, "Another port has this name.");
            if (port.Port is not { } number)
                Require(true, $"{pointer}/port", fail);
            else if (!RegistrationRules.IsPort(number))
                fail($"{pointer}/port", FaultCodes.OutOfRange, Port);
            CheckProtocol(port.Protocol, $"{pointer}/protocol", fail);
        }
    }

    private static void CheckMirrors(RegistrationBody body, BodyFault fail)
    {
        var mirrors = body.Mirrors;
        for (var i = 0; i < mirrors.Length; i++)
        {
            if (!MirrorNames.All.Contains(mirrors[i]))
                fail($"/mirrors/{i}", FaultCodes.InvalidValue, $"A mirror must be one of {string.Join(", ", MirrorNames.All)}.");
            else if (mirrors.IndexOf(mirrors[i]) < i)
                fail($"/mirrors/{i}", FaultCodes.Repeated, "This mirror appears twice.");
        }
        if (MirrorNames.Clash(mirrors))
        {
            fail("/mirrors", FaultCodes.InvalidValue,
                $"{MirrorNames.DubboGo14} and {MirrorNames.DubboGo15} use the same annotation; a pod can have only one of them.");
        }
    }

    private static void CheckProtocol(string? protocol, string pointer, BodyFault fail)
    {
        if (protocol is not null && !RegistrationRules.IsProtocol(protocol))
            fail(pointer, FaultCodes.InvalidValue, Protocol + RegistrationRules.OffendingInProtocol(protocol));
    }

    private static void Require(bool isNeeded, string pointer, BodyFault fail)
    {
        if (isNeeded)
            fail(pointer, FaultCodes.Missing, $"'{pointer[(pointer.LastIndexOf('/') + 1)..]}' is required.");
    }
}
