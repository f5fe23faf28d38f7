using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// Turns the Dubbo URLs of one pod's annotation into records without duplicates. SDKs only append: after a restart the same provider
/// appears again with a later timestamp, and the later one wins. Used for one annotation of one pod.
/// </summary>
internal sealed class DubboRecordCollector(Pod pod, InstanceSource source, string annotationKey, bool allowForeignAddresses)
{
    // These parameters become members of the record and are not kept in its metadata.
    private static readonly string[] _mapped = ["interface", "group", "version", "timestamp"];

    private readonly Dictionary<string, RegistrationRecord> _providers = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string, string, string, string), DubboConsumer> _consumers = [];
    private readonly List<UnreadableRecord> _unreadable = [];

    public void Refuse(string reason) => _unreadable.Add(new(source, annotationKey, null, reason));

    public void Refuse(int place, string reason) => Refuse($"/{place}: {reason}");

    /// <summary>
    /// Adds a provider; <paramref name="service"/> is used where the URL names no interface. Records of the gateway itself are skipped.
    /// </summary>
    public void AddProvider(int place, DubboUrl url, string service)
    {
        if (url.IsOurs)
            return;
        if (TryReadProvider(url, service, out var reason) is not { } record)
            Refuse(place, reason);
        else if (!_providers.TryGetValue(record.Id, out var other) || IsLater(record.RegisteredAt, other.RegisteredAt))
            _providers[record.Id] = record;
    }

    public void AddConsumer(int place, DubboUrl url, string service)
    {
        if (url.IsOurs)
            return;
        var name = url["interface"] is { Length: > 0 } named ? named : service;
        if (!RegistrationRules.IsName(name))
        {
            Refuse(place, "the service's name is not 1 to 253 of A-Za-z0-9._:$-");
            return;
        }

        if (!IsTakenForOwn(url.Host) && !allowForeignAddresses)
        {
            Refuse(place, ForeignAddress(url.Host));
            return;
        }

        var consumer = new DubboConsumer(
            source, name, url["group"], url["version"], url["protocol"], url.Host, Metadata(url).ToImmutable(), DubboTime.Parse(url["timestamp"]));
        var key = (consumer.Service, consumer.Group, consumer.Version, consumer.Protocol, consumer.Address);
        if (!_consumers.TryGetValue(key, out var other) || IsLater(consumer.RegisteredAt, other.RegisteredAt))
            _consumers[key] = consumer;
    }

    /// <summary>Whether the address is the pod's: one of its addresses, or empty, which means the pod's own.</summary>
    public bool IsOwnAddress(string host)
    {
        if (host.Length == 0)
            return true;
        foreach (var podIP in pod.PodIPs)
        {
            if (podIP == host || (IPAddress.TryParse(podIP, out var own) && IPAddress.TryParse(host, out var given) && own.Equals(given)))
                return true;
        }

        return false;
    }

    // Before the kubelet reports an address, the record's cannot be checked; the pod is not shown before that either.
    private bool IsTakenForOwn(string host) => pod.PodIPs.IsDefaultOrEmpty || IsOwnAddress(host);

    /// <summary>Adds all records to <paramref name="found"/>, in a stable order.</summary>
    public void Finish(PodRecordsBuilder found)
    {
        foreach (var (_, record) in _providers.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            if (!found.HasRoom(source, annotationKey))
                break;
            found.Add(record);
        }

        foreach (var (_, consumer) in _consumers.OrderBy(static entry => entry.Key))
        {
            if (!found.HasRoom(source, annotationKey))
                break;
            found.Add(consumer);
        }

        foreach (var record in _unreadable)
            found.Add(record);
    }

    private RegistrationRecord? TryReadProvider(DubboUrl url, string service, out string reason)
    {
        var name = url["interface"] is { Length: > 0 } named ? named : service;
        var key = new RegistrationKey(pod.Metadata.Namespace, name, url["group"], url["version"], url.Protocol, url.Port ?? 0);
        var isOwn = IsTakenForOwn(url.Host);
        reason = Fault(key, url) ?? (isOwn || allowForeignAddresses ? "" : ForeignAddress(url.Host));
        if (reason.Length > 0)
            return null;

        var metadata = Metadata(url);

        // A provider is exported under its path, which may differ from the interface; callers need it.
        if (url.Path.Length > 0 && url.Path != name)
            metadata[DubboUrl.PathMember] = url.Path;
        var weight = RegistrationRules.DefaultWeight;
        if (int.TryParse(url["weight"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && RegistrationRules.IsWeight(given))
        {
            weight = given;
            metadata.Remove("weight");
        }

        return new RegistrationRecord
        {
            // An address that is not the pod's is an endpoint without a pod (contract, section 1).
            Id = key.IdFor(isOwn ? pod.Metadata.Uid : url.Host),
            Key = key,
            Source = source,
            Metadata = metadata.ToImmutable(),
            Weight = weight,
            RegisteredAt = DubboTime.Parse(url["timestamp"]),
            Host = isOwn && IPAddress.TryParse(url.Host, out var host) ? pod.FurtherAddress(host) : null,
            ForeignAddress = isOwn ? null : url.Host,
        };
    }

    private static string? Fault(RegistrationKey key, DubboUrl url) =>
        !RegistrationRules.IsName(key.Service) ? "the service's name is not 1 to 253 of A-Za-z0-9._:$-"
        : !RegistrationRules.IsQualifier(key.Group) ? "the group is not at most 128 of A-Za-z0-9._:$-"
        : !RegistrationRules.IsQualifier(key.Version) ? "the version is not at most 128 of A-Za-z0-9._:$-"
        : url.Port is null ? "the URL has no port"
        : !RegistrationRules.IsPort(key.Port) ? "the port is not 1 to 65535"
        : null;

    // Dubbo treats an empty parameter as absent.
    private static ImmutableSortedDictionary<string, string>.Builder Metadata(DubboUrl url)
    {
        var metadata = RegistrationRecord.NoMetadata.ToBuilder();
        foreach (var (name, value) in url.Parameters)
        {
            if (name.Length > 0 && value.Length > 0 && !_mapped.Contains(name))
                metadata[name] = value;
        }

        return metadata;
    }

    private static string ForeignAddress(string host) => $"the address {host} is not the pod's";

    private static bool IsLater(DateTimeOffset? time, DateTimeOffset? other) => other is null ? time is not null : time > other;
}
