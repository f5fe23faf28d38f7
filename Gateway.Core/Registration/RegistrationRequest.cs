using System.Collections.Immutable;
using System.Net;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;

namespace Gateway.Core.Registration;

/// <summary>
/// A registration body after its syntax was checked: every value is within the contract's bounds. What depends on the cluster (the pod, its
/// containers, reserved names, whether leases are on) is not checked yet.
/// </summary>
public sealed record RegistrationRequest
{
    public required string Service { get; init; }
    public required int Port { get; init; }

    /// <summary>The pod that the body names; null: the caller's own.</summary>
    public PodName? Pod { get; init; }

    /// <summary>The address that a ready URL names, which has to be one of the pod's; null: none was named.</summary>
    public IPAddress? Host { get; init; }

    public string Group { get; init; } = "";
    public string Version { get; init; } = "";
    public string Protocol { get; init; } = "http";
    public ImmutableArray<NamedPort> Ports { get; init; } = [];

    public ImmutableSortedDictionary<string, string> Metadata { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public int Weight { get; init; } = 100;

    /// <summary>Seconds; null: no lease.</summary>
    public int? Ttl { get; init; }

    /// <summary>A container's name, <c>none</c> for not bound to a container, or null: the default is chosen.</summary>
    public string? Container { get; init; }

    public ImmutableArray<string> Mirrors { get; init; } = [];

    /// <summary>The body's position in the request: "" for a single one, "/3" for the fourth of an array. Faults point below it.</summary>
    public string Pointer { get; init; } = "";
}
