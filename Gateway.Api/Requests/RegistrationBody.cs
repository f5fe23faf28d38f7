using System.Net;

namespace Gateway.Api.Requests;

/// <summary>
/// The body of a registration as the caller wrote it: types are checked, values are not. Unset members are null. Filled in by its reader.
/// </summary>
public sealed record RegistrationBody
{
    public string? Namespace { get; set; }
    public string? Pod { get; set; }
    /// <summary>A complete Dubbo URL instead of service, port, group, version, protocol, weight and metadata.</summary>
    public string? Url { get; set; }

    /// <summary>The host of <see cref="Url"/>.</summary>
    public IPAddress? Host { get; set; }

    public string? Service { get; set; }
    public int? Port { get; set; }
    public string? Group { get; set; }
    public string? Version { get; set; }
    public string? Protocol { get; set; }
    public IReadOnlyList<PortBody>? Ports { get; set; }
    public Dictionary<string, string?>? Metadata { get; set; }
    public int? Weight { get; set; }
    public int? Ttl { get; set; }
    public string? Container { get; set; }
    public IReadOnlyList<string>? Mirrors { get; set; }
}

/// <summary>One entry of <c>ports</c> as the caller wrote it, not yet validated.</summary>
public sealed record PortBody
{
    public string? Name { get; set; }
    public int? Port { get; set; }
    public string? Protocol { get; set; }
}
