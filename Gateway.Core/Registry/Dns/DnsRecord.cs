namespace Gateway.Core.Registry.Dns;

/// <summary>
/// One record of the cluster's DNS. <paramref name="Name"/> and <paramref name="Target"/> are full names with the final dot. A and AAAA
/// records have an address; CNAME a target; SRV a target, a port, priority and weight.
/// </summary>
public sealed record DnsRecord(string Name, string Type, string? Address = null, string? Target = null, int? Port = null)
{
    /// <summary>The priority of SRV records. The specification prescribes neither priority nor weight; all endpoints are equal.</summary>
    public const int Priority = 0;

    public const int Weight = 100;
}
