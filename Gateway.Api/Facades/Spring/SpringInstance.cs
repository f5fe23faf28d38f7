using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Spring;

/// <summary>
/// One instance as a Spring Cloud Kubernetes discovery client reads it (<c>DefaultKubernetesServiceInstance</c>). Annotations of pods are never shown:
/// they contain every registration of the pod, and whatever its operators put there.
/// </summary>
internal sealed record SpringInstance
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    public required string Id { get; init; }
    public required string Service { get; init; }
    public required string Namespace { get; init; }
    public required string Host { get; init; }
    public required SpringPort Port { get; init; }
    public required bool IsSecure { get; init; }

    /// <summary>
    /// The Service's labels and annotations, over them the instance's own metadata, over that what the protocol itself defines: <c>port.*</c>,
    /// <c>k8s_namespace</c>, <c>type</c>.
    /// </summary>
    public required SortedDictionary<string, string> Metadata { get; init; }

    public IReadOnlyDictionary<string, string> PodLabels { get; init; } = ImmutableDictionary<string, string>.Empty;

    public string Scheme => IsSecure ? "https" : "http";

    public string Uri => string.Create(
        CultureInfo.InvariantCulture, $"{Scheme}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port.Number}");

    /// <summary>Those of a service that a client may call, sorted by instance.</summary>
    /// <param name="instances">All instances of the service, whatever their status, sorted by id.</param>
    /// <param name="service">The Kubernetes Service of that name; null: none.</param>
    /// <param name="ownPrefix">The prefix of the gateway's own annotations, with its slash: they are not shown.</param>
    /// <param name="labelsOf">The labels of an instance's pod; null: they are not shown.</param>
    public static ImmutableArray<SpringInstance> Read(
        ImmutableArray<Instance> instances, Service? service, string ownPrefix, Func<Instance, IReadOnlyDictionary<string, string>?>? labelsOf = null)
    {
        var shown = ImmutableArray.CreateBuilder<SpringInstance>();
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var instance in instances)
        {
            // One of a pod's instances has the pod's uid, as a client of the original expects; ids of one service differ.
            var id = instance.Pod is { } pod && named.Add(pod.Uid) ? pod.Uid : instance.Id;
            if (instance.Status != InstanceStatus.Up || (instance.Host ?? instance.Address) is not { } host)
                continue;
            var ports = SpringPorts.Of(instance);
            var port = SpringPorts.Choose(ports, service);
            shown.Add(new SpringInstance
            {
                Id = id,
                Service = instance.Key.Service,
                Namespace = instance.Key.Namespace,
                Host = host,
                Port = port,
                IsSecure = SpringPorts.IsSecure(port, instance, service),
                Metadata = MetadataOf(instance, ports, service, ownPrefix),
                PodLabels = labelsOf?.Invoke(instance) ?? ImmutableDictionary<string, string>.Empty,
            });
        }

        return shown.DrainToImmutable();
    }

    /// <summary>The name of the pod, or the address of an endpoint without one.</summary>
    public static string EndpointName(Instance instance) => instance.Pod?.Name ?? instance.Address ?? instance.Id;

    private static SortedDictionary<string, string> MetadataOf(Instance instance, IReadOnlyList<SpringPort> ports, Service? service, string ownPrefix)
    {
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if ((instance.Pod?.Zone ?? instance.Zone) is { } zone)
            metadata["zone"] = zone;
        if (instance.Key.Group.Length > 0)
            metadata["group"] = instance.Key.Group;
        if (instance.Key.Version.Length > 0)
            metadata["version"] = instance.Key.Version;
        if (service is not null)
        {
            foreach (var (key, value) in service.Metadata.Labels)
                metadata[key] = value;
            foreach (var (key, value) in service.Metadata.Annotations)
            {
                if (key != LastApplied && !key.StartsWith(ownPrefix, StringComparison.Ordinal))
                    metadata[key] = value;
            }
        }

        foreach (var (key, value) in instance.Metadata)
            metadata[key] = value;
        for (var i = ports.Count - 1; i >= 0; i--)
            metadata["port." + ports[i].Name] = ports[i].Number.ToString(CultureInfo.InvariantCulture);
        metadata["k8s_namespace"] = instance.Key.Namespace;
        if (service is not null)
            metadata["type"] = service.Type;
        return metadata;
    }
}
