using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>The records that the cluster's DNS has for a Kubernetes Service.</summary>
internal sealed record ServiceDns
{
    /// <summary>Namespace of the Service.</summary>
    /// <example>shop</example>
    public required string Namespace { get; init; }

    /// <summary>Name of the Service.</summary>
    /// <example>orders</example>
    public required string Service { get; init; }

    /// <summary>The cluster's domain.</summary>
    /// <example>cluster.local</example>
    public required string Domain { get; init; }

    /// <summary>True while the gateway has lost the API server: the answer may be old.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }

    /// <summary>In order of name and type.</summary>
    public required IReadOnlyList<DnsRecord> Records { get; init; }
}

/// <summary>One record. A and AAAA have an address, CNAME a target, SRV a target, a port, a priority and a weight.</summary>
internal sealed record DnsRecord
{
    /// <summary>Its whole name, with the final dot.</summary>
    /// <example>orders.shop.svc.cluster.local.</example>
    public required string Name { get; init; }

    /// <summary>Its type.</summary>
    public required DnsRecordType Type { get; init; }

    /// <summary>Of A and AAAA.</summary>
    /// <example>10.96.0.12</example>
    public string Address { get; init; } = "";

    /// <summary>Of SRV.</summary>
    /// <example>0</example>
    public int Priority { get; init; }

    /// <summary>Of SRV.</summary>
    /// <example>100</example>
    public int Weight { get; init; }

    /// <summary>Of SRV.</summary>
    /// <example>80</example>
    [Range(1, 65_535)]
    public int Port { get; init; }

    /// <summary>Of CNAME and SRV: a whole name, with the final dot.</summary>
    /// <example>orders.shop.svc.cluster.local.</example>
    public string Target { get; init; } = "";
}

/// <summary>Type of a DNS record.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DnsRecordType>))]
internal enum DnsRecordType
{
    [JsonStringEnumMemberName("A")]
    Address,

    [JsonStringEnumMemberName("AAAA")]
    AddressV6,

    [JsonStringEnumMemberName("CNAME")]
    Alias,

    [JsonStringEnumMemberName("SRV")]
    Service,
}
