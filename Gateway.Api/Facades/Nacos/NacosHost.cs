using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Nacos;

/// <summary>
/// An instance as Nacos' clients see it. Enabled says whether it is in lists at all: what was taken out of service, and a pod that ends, is not. Healthy is
/// the pod's readiness, and what a client said of itself.
/// </summary>
internal sealed record NacosHost(
    NacosName Name, string Ip, int Port, string Cluster, int Weight, bool IsHealthy, bool IsEnabled, bool IsEphemeral, ImmutableSortedDictionary<string, string> Metadata)
{
    public const string Protocol = "nacos";

    private const string Zone = "zone";
    private const string Version = "version";
    private const long DefaultTimeout = 15_000;
    private const long DefaultDeletion = 30_000;

    /// <summary>Nacos' own interval, where the instance asks for none.</summary>
    public const long DefaultInterval = 5_000;

    /// <summary>The same for every client, whatever protocol the instance came by.</summary>
    public string Id => Name.IdOf(Ip, Port, Cluster);

    /// <summary>Null: it has no address or no port yet.</summary>
    public static NacosHost? Of(Instance instance)
    {
        if ((instance.Host ?? instance.Address) is not { } ip || instance.Key.Port == 0)
            return null;
        var detail = NacosDetail.Read(instance.ClientOf(Protocol)?.Detail);
        var (isHealthy, isEnabled) = instance.Status switch
        {
            InstanceStatus.Up => (true, true),
            InstanceStatus.Starting or InstanceStatus.Down => (false, true),
            InstanceStatus.OutOfService => (false, instance.Reason is ClientReasons.Down or ClientReasons.Starting or ClientReasons.Critical or ClientReasons.Warning),
            _ => (false, false),
        };
        return new(
            new(NacosName.Shown(instance.Key.Group), instance.Key.Service), ip, instance.Key.Port, detail.Cluster, instance.Weight, isHealthy, isEnabled,
            detail.IsEphemeral, Described(instance));
    }

    /// <summary>With the zone and the version, where the client itself says none: consumers route by them.</summary>
    private static ImmutableSortedDictionary<string, string> Described(Instance instance)
    {
        var metadata = instance.Metadata;
        if ((instance.Pod?.Zone ?? instance.Zone) is { } zone && !metadata.ContainsKey(Zone))
            metadata = metadata.Add(Zone, zone);
        return instance.Key.Version.Length > 0 && !metadata.ContainsKey(Version) ? metadata.Add(Version, instance.Key.Version) : metadata;
    }

    /// <param name="writer">Where to.</param>
    /// <param name="isProtected">Shown as healthy, since too few are.</param>
    public void Write(Utf8JsonWriter writer, bool isProtected = false)
    {
        writer.WriteStartObject();
        writer.WriteString("instanceId"u8, Id);
        writer.WriteString("ip"u8, Ip);
        writer.WriteNumber("port"u8, Port);
        writer.WriteNumber("weight"u8, ClientWeights.ToNacos(Weight));
        writer.WriteBoolean("healthy"u8, IsHealthy || isProtected);
        writer.WriteBoolean("enabled"u8, IsEnabled);
        writer.WriteBoolean("ephemeral"u8, IsEphemeral);
        writer.WriteString("clusterName"u8, Cluster);
        writer.WriteString("serviceName"u8, Name.ToString());
        WriteMetadata(writer);
        writer.WriteNumber("instanceHeartBeatInterval"u8, NacosMetadata.Milliseconds(Metadata, NacosMetadata.HeartBeatInterval, DefaultInterval));
        writer.WriteNumber("instanceHeartBeatTimeOut"u8, NacosMetadata.Milliseconds(Metadata, NacosMetadata.HeartBeatTimeout, DefaultTimeout));
        writer.WriteNumber("ipDeleteTimeout"u8, NacosMetadata.Milliseconds(Metadata, NacosMetadata.IpDeleteTimeout, DefaultDeletion));
        writer.WriteEndObject();
    }

    public void WriteMetadata(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("metadata"u8);
        foreach (var (key, value) in Metadata)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }
}
