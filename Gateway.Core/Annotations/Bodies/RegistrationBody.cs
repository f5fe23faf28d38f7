using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Bodies;

/// <summary>
/// One registration as a POST or the annotation <c>declare</c> asks for it (contract, section 2). Written by its reader alone, which checks
/// types; <see cref="RegistrationBodyRules"/> check values. Unset members are null. A POST has more members, so another type derives from it.
/// </summary>
public record RegistrationBody
{
    public string? Service { get; set; }
    public int? Port { get; set; }
    public string? Group { get; set; }
    public string? Version { get; set; }
    public string? Protocol { get; set; }
    public IReadOnlyList<PortBody>? Ports { get; set; }
    public ImmutableSortedDictionary<string, string>? Metadata { get; set; }
    public int? Weight { get; set; }

    /// <summary>Seconds; null: no lease.</summary>
    public int? Ttl { get; set; }

    /// <summary>A container's name, <c>none</c> for not bound to a container, or null: the default is chosen.</summary>
    public string? Container { get; set; }

    public ImmutableArray<string> Mirrors { get; set; } = [];

    /// <summary>Only for a body without faults.</summary>
    public RegistrationKey KeyIn(string ns) => new(ns, Service!, Group ?? "", Version ?? "", ProtocolOrDefault, Port!.Value);

    /// <summary>
    /// The record that it asks for, with defaults for what is unset. Only for a body without faults; the container is left to the caller.
    /// </summary>
    public RegistrationRecord ToRecord(Pod pod, InstanceSource source)
    {
        var key = KeyIn(pod.Metadata.Namespace);
        return new RegistrationRecord
        {
            Id = key.IdFor(pod.Metadata.Uid),
            Key = key,
            Source = source,
            Ports = [.. (Ports ?? []).Select(port => new NamedPort(port.Name!, port.Port!.Value, port.Protocol ?? ProtocolOrDefault))],
            Metadata = Metadata ?? RegistrationRecord.NoMetadata,
            Weight = Weight ?? RegistrationRules.DefaultWeight,
            Ttl = Ttl,
            Mirrors = Mirrors,
        };
    }

    private string ProtocolOrDefault => Protocol ?? RegistrationRules.DefaultProtocol;
}

/// <summary>One entry of <c>ports</c>; without a protocol it has that of the registration.</summary>
public sealed record PortBody(string? Name, int? Port, string? Protocol);
