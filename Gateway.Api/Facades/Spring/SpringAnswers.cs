using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Spring;

/// <summary>
/// Holds what a Spring client reads of each service, made once for each of its states. Written by the first reader of a state; two that come at once make the
/// same. The Service's labels and the pods' are no part of a service's native state, so they are compared as well.
/// </summary>
internal sealed class SpringAnswers(IClusterView cluster, AnnotationOptions annotations, FacadeOptions options)
{
    private readonly ConditionalWeakTable<ServiceSnapshot, SpringService> _made = [];
    private readonly string _ownPrefix = annotations.AnnotationPrefix + "/";

    public SpringService Of(FacadeView view, ServiceSnapshot service)
    {
        var kubernetes = cluster.FindService(service.Key.Namespace, service.Key.Name);
        var labels = options.SpringPodLabels ? LabelsOf(view.Snapshot, service) : [];
        if (_made.TryGetValue(service, out var made) && made.IsOf(kubernetes, labels))
            return made;
        var read = SpringInstance.Read(
            view.InstancesOf(service), kubernetes, _ownPrefix, options.SpringPodLabels ? instance => LabelsOf(view.Snapshot, instance) : null);
        made = new SpringService(service.Key.Name, read, kubernetes, labels);
        _made.AddOrUpdate(service, made);
        return made;
    }

    private static ImmutableArray<IReadOnlyDictionary<string, string>?> LabelsOf(RegistrySnapshot snapshot, ServiceSnapshot service) =>
        [.. service.Instances.Select(instance => LabelsOf(snapshot, instance))];

    private static IReadOnlyDictionary<string, string>? LabelsOf(RegistrySnapshot snapshot, Instance instance) =>
        instance.Pod is { } pod && snapshot.RegistrationsOf(instance.Key.Namespace, pod.Name)?.Pod.Metadata is { } found && found.Uid == pod.Uid ? found.Labels : null;
}

/// <summary>One service as Spring clients read it, in one state. Immutable.</summary>
internal sealed class SpringService(
    string name, ImmutableArray<SpringInstance> instances, Service? service, ImmutableArray<IReadOnlyDictionary<string, string>?> labels)
{
    /// <summary>The beginning of its entry in the list of all, up to the instances.</summary>
    public byte[] Head { get; } = SpringJson.Head(name);

    /// <summary>Its instances as a JSON array.</summary>
    public byte[] List { get; } = SpringJson.List(instances);

    /// <summary>The instance that a client may call under this id, as JSON; null: there is none.</summary>
    public byte[]? Find(string id) => instances.FirstOrDefault(instance => instance.Id == id) is { } found ? SpringJson.One(found) : null;

    public bool IsOf(Service? other, ImmutableArray<IReadOnlyDictionary<string, string>?> otherLabels) =>
        ReferenceEquals(service, other) && labels.AsSpan().SequenceEqual(otherLabels.AsSpan());
}
