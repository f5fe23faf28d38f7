using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Registry.Explain;

/// <summary>The facts of one question: the pods that should be listed, their records, endpoints and instances. Made for one request.</summary>
internal sealed class ExplainedCase
{
    private const string Unnamed = "a pod";

    public ExplainedCase(ExplainQuestion question)
    {
        Question = question;
        Join = new EndpointJoin(new ServiceInputs
        {
            Key = question.Key,
            Service = question.Service,
            Slices = question.Slices,
            WatchesEveryPod = question.WatchesEveryPod,
            FindPod = key => question.Snapshot.Pods.GetValueOrDefault(key),
            ZoneOf = static _ => null,
        });
        var service = question.Snapshot.Find(question.Key);
        Origins = service.Origins;
        Instances = question.Pod is { } only ? [.. service.Instances.Where(one => one.Pod?.Name == only)] : service.Instances;
        var byPod = Instances.ToLookup(static one => one.Pod?.Name ?? "", StringComparer.Ordinal);
        var pods = Candidates(byPod).Select(entry => Explain(entry, byPod)).OrderBy(static one => one.Name, StringComparer.Ordinal).ToList();

        // Pods of earlier runs of a Job, or evicted ones, say nothing about those that serve.
        var isAnyLive = pods.Exists(static one => !one.Pod.IsFinished);
        Pods = [.. pods.Where(one => question.Pod is not null || !isAnyLive || !one.Pod.IsFinished)];
    }

    public ExplainQuestion Question { get; }

    public ServiceKey Key => Question.Key;

    public Service? Service => Question.Service;

    public bool ShowsDetails => Question.ShowsDetails;

    public bool IsExternalName => Service is { Type: "ExternalName" };

    public EndpointJoin Join { get; }

    /// <summary>In any status.</summary>
    public ImmutableArray<Instance> Instances { get; }

    /// <summary>Kubernetes Services and applications that also provide its instances.</summary>
    public ImmutableArray<string> Origins { get; }

    /// <summary>The pod that was asked about, else every pod that names the service, is selected by it, or is in its slices; by name.</summary>
    public ImmutableArray<ExplainedPod> Pods { get; }

    public bool HasRecords => Pods.Any(static pod => !pod.Records.IsEmpty);

    /// <summary>A pod has a record of the name, in whatever format.</summary>
    public bool IsNamed => HasRecords || Pods.Any(pod => IsNamedUnread(pod.Entry));

    public string ServiceName => $"Service {Key.Name}";

    /// <summary>Names a pod only where lookups show it, or the caller did.</summary>
    public string NameOf(ExplainedPod pod) =>
        ShowsDetails || Question.Pod is not null || !pod.Instances.IsEmpty ? $"pod {pod.Name}" : Unnamed;

    /// <summary>The pod's name as an argument of a command.</summary>
    public string ArgumentOf(ExplainedPod pod) => NameOf(pod) == Unnamed ? "NAME" : pod.Name;

    private ExplainedPod Explain(PodEntry entry, ILookup<string, Instance> instances)
    {
        var name = entry.Pod.Metadata.Name;
        return new(
            entry, [.. entry.AsRead.OfService(Key.Name)], [.. instances[name]], Join.FindPod(entry.Pod.Metadata.Key),
            !IsExternalName && LabelSelector.Selects(Service?.Selector, entry.Pod.Metadata.Labels));
    }

    private IEnumerable<PodEntry> Candidates(ILookup<string, Instance> instances)
    {
        var pods = Question.Snapshot.Pods;
        if (Question.Pod is { } name)
            return pods.TryGetValue(new(Key.Namespace, name), out var entry) ? [entry] : [];
        return pods.Where(one => one.Key.Namespace == Key.Namespace && IsConcerned(one.Value, instances)).Select(static one => one.Value);
    }

    private bool IsNamedUnread(PodEntry entry) => entry.AsRead.NotRead is { } notRead && !notRead.OfService(Key.Name).IsEmpty;

    private bool IsConcerned(PodEntry entry, ILookup<string, Instance> instances) =>
        !entry.AsRead.OfService(Key.Name).IsEmpty
        || IsNamedUnread(entry)
        || (!IsExternalName && LabelSelector.Selects(Service?.Selector, entry.Pod.Metadata.Labels))
        || Join.FindPod(entry.Pod.Metadata.Key) is not null
        || instances.Contains(entry.Pod.Metadata.Name);
}

/// <summary>One pod of the case.</summary>
/// <param name="Entry">The pod and all of its records.</param>
/// <param name="Records">Its records that name the service, as they were read.</param>
/// <param name="Instances">What is listed of it under the name, in any status.</param>
/// <param name="Group">Its endpoints in the Service's slices; null: none.</param>
/// <param name="IsSelected">The Service selects it.</param>
internal sealed record ExplainedPod(
    PodEntry Entry, ImmutableArray<RegistrationRecord> Records, ImmutableArray<Instance> Instances, EndpointGroup? Group, bool IsSelected)
{
    public Pod Pod => Entry.Pod;

    public string Name => Entry.Pod.Metadata.Name;

    public bool IsLive => Pod is { IsFinished: false, IsTerminating: false };

    public RegistrationRecord? RecordOf(Instance instance) => Entry.AsRead.Find(instance.Id);
}
