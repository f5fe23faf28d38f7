using System.Net;

namespace Gateway.Api.Contracts;

/// <summary>The body of a registration as the caller wrote it: right types, values not yet validated. Unset members are null.</summary>
public sealed record RegistrationBody
{
    public string? Namespace { get; init; }
    public string? Pod { get; init; }
    /// <summary>A ready Dubbo URL in place of service, port, group, version, protocol, weight and metadata.</summary>
    public string? Url { get; init; }

    /// <summary>The host of <see cref="Url"/>.</summary>
    public IPAddress? Host { get; init; }

    public string? Service { get; init; }
    public int? Port { get; init; }
    public string? Group { get; init; }
    public string? Version { get; init; }
    public string? Protocol { get; init; }
    public IReadOnlyList<PortBody>? Ports { get; init; }
    public IReadOnlyDictionary<string, string?>? Metadata { get; init; }
    public int? Weight { get; init; }
    public int? Ttl { get; init; }
    public string? Container { get; init; }
    public IReadOnlyList<string>? Mirrors { get; init; }
}
