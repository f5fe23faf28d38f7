namespace Gateway.Core.Registry.Dns;

/// <summary>
/// One record as the cluster's DNS gives it. <paramref name="Name"/> and <paramref name="Target"/> are whole names with their final dot. A and
/// AAAA have an address; CNAME a target; SRV a target, a port, priority and weight.
/// </summary>
public sealed record DnsRecord(string Name, string Type, string? Address = null, string? Target = null, int? Port = null)
{
    /// <summary>Of SRV records. The specification prescribes neither; all endpoints are equal.</summary>
    public const int Priority = 0;

    public const int Weight = 100;
}
