using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Nacos;

/// <summary>What a list asks for. Name and clusters are answered as they were asked: clients keep the list under both.</summary>
internal sealed record NacosListQuery(NacosApi Api, NacosName Name, string Clusters, bool HealthyOnly, string? Namespace)
{
    private ImmutableArray<string> _named;

    /// <summary>Tells answers of one service apart; a name of a service has no line feed.</summary>
    public string Variant { get; } = $"nacos\n{(int)Api}\n{Name.Group}\n{(HealthyOnly ? 1 : 0)}\n{Clusters}";

    public bool Includes(string cluster)
    {
        if (_named.IsDefault)
            _named = [.. Clusters.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        return _named.IsEmpty || _named.Contains(cluster);
    }
}

/// <summary>Writes a list: v1 and v2 a ServiceInfo, v3 its hosts alone.</summary>
internal static class NacosList
{
    /// <summary>
    /// How long clients keep a list, which is how often they poll: nothing is pushed to them (no UDP), and an answer's bytes are made once.
    /// </summary>
    public const int CacheMilliseconds = 3_000;

    private static ReadOnlySpan<byte> NoTime => "1000000000000000"u8;

    /// <param name="query">What was asked.</param>
    /// <param name="instances">Of every status and group.</param>
    /// <param name="protectThreshold">At or below this share of healthy ones all are shown as healthy; 0: never.</param>
    /// <returns>With a place for the time at its end, where the version has one: see <see cref="TimeAt"/>.</returns>
    public static byte[] Encode(NacosListQuery query, ImmutableArray<Instance> instances, double protectThreshold)
    {
        var (hosts, isProtected) = Select(query, instances, protectThreshold);
        return NacosAnswer.EncodeData(query.Api, writer =>
        {
            if (query.Api == NacosApi.V3)
                WriteHosts(writer, hosts, isProtected);
            else
                WriteServiceInfo(writer, query, hosts, isProtected);
        });
    }

    /// <summary>Where the time of an encoded list belongs; its length: it has none.</summary>
    public static int TimeAt(NacosApi api, byte[] encoded) => api switch
    {
        NacosApi.V1 => encoded.Length - 1 - NacosTime.Length,
        NacosApi.V2 => encoded.Length - 2 - NacosTime.Length,
        _ => encoded.Length,
    };

    private static (List<NacosHost> Hosts, bool IsProtected) Select(NacosListQuery query, ImmutableArray<Instance> instances, double protectThreshold)
    {
        var listed = new List<NacosHost>();
        // Clients tell hosts apart by address and port; of two (versions, protocols) the healthy one counts.
        var places = new Dictionary<(string, int), int>();
        foreach (var instance in instances)
        {
            if (NacosName.Shown(instance.Key.Group) != query.Name.Group || NacosHost.Of(instance) is not { IsEnabled: true } host || !query.Includes(host.Cluster))
                continue;
            if (places.TryAdd((host.Ip, host.Port), listed.Count))
                listed.Add(host);
            else if (host.IsHealthy && places[(host.Ip, host.Port)] is var place && !listed[place].IsHealthy)
                listed[place] = host;
        }

        var healthy = listed.Count(static host => host.IsHealthy);
        var isProtected = protectThreshold > 0 && listed.Count > 0 && (double)healthy / listed.Count <= protectThreshold;
        return (query.HealthyOnly && !isProtected ? listed.FindAll(static host => host.IsHealthy) : listed, isProtected);
    }

    private static void WriteServiceInfo(Utf8JsonWriter writer, NacosListQuery query, List<NacosHost> hosts, bool isProtected)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, query.Name.ToString());
        writer.WriteString("groupName"u8, query.Name.Group);
        writer.WriteString("clusters"u8, query.Clusters);
        writer.WriteNumber("cacheMillis"u8, CacheMilliseconds);
        writer.WritePropertyName("hosts"u8);
        WriteHosts(writer, hosts, isProtected);
        writer.WriteString("checksum"u8, "");
        // Java clients 1.0 to 1.4.0 take empty lists as they are; later ones refuse them only where their application asks for that, and true would
        // overrule it; those before 1.0 keep a list of true under another key. The Node.js client looks at the hosts alone.
        writer.WriteBoolean("allIps"u8, false);
        writer.WriteBoolean("allIPs"u8, false);
        writer.WriteBoolean("reachProtectionThreshold"u8, isProtected);
        writer.WriteBoolean("valid"u8, true);

        // The last member: its place is counted from the end.
        writer.WritePropertyName("lastRefTime"u8);
        writer.WriteRawValue(NoTime, skipInputValidation: true);
        writer.WriteEndObject();
    }

    private static void WriteHosts(Utf8JsonWriter writer, List<NacosHost> hosts, bool isProtected)
    {
        writer.WriteStartArray();
        foreach (var host in hosts)
            host.Write(writer, isProtected);
        writer.WriteEndArray();
    }
}
