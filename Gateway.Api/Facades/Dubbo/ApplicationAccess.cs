using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Dubbo.Views;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.PodWriting;
using Gateway.Core.Registration;
using Gateway.Core.Registry;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Dubbo;

/// <summary>
/// Checks who may publish data of an application: an authenticated pod of its namespace that has registered it, or a caller that may act
/// for that pod. Stateless.
/// </summary>
public sealed class ApplicationAccess(
    CallerResolver resolver, RegistryState registry, IClusterView cluster, PodRecordReader reader, NameRule names, RegistrationOptions options)
{
    private const string ApplicationMember = "application";

    /// <summary>The pod, or why it may not publish in that namespace.</summary>
    public async Task<Result<TargetPod>> ResolveAsync(CallerIdentity caller, PodName? named, string ns, CancellationToken cancellationToken)
    {
        var resolved = await resolver.ResolveAsync(caller, named, CallPurpose.Change, cancellationToken).ConfigureAwait(false);
        if (resolved.IsRefused(out var refusal))
            return refusal;
        return resolved.Value.Namespace == ns
            ? resolved
            : new Refusal(RefusalCodes.Forbidden, $"The pod {resolved.Value.Known.Metadata.Key} is not in namespace {ns}.");
    }

    /// <summary>The given applications that the pod has not registered; waits until this replica has seen the pod's registrations.</summary>
    public async Task<Result<ImmutableSortedSet<string>>> ForeignAsync(TargetPod target, IReadOnlyCollection<string> applications, CancellationToken cancellationToken)
    {
        var unknown = Unknown(registry.Current, target, applications);
        if (unknown.IsEmpty)
            return unknown;

        // Another replica may have just acknowledged the registration.
        var live = await resolver.ReadAsync(target).ConfigureAwait(false);
        if (live.Refusal is not null)
            return live.Refusal;
        if (live.Pod is not { } pod)
            return new Refusal(RefusalCodes.PodGone, $"Pod {target.Known.Metadata.Key} does not exist.");
        var records = reader.Read(pod);
        unknown = unknown.Except(unknown.Where(application => IsOf(pod, records, application)));
        if (unknown.IsEmpty)
        {
            var meta = pod.Metadata;
            await registry.WaitForPodAsync(meta.Namespace, meta.Name, meta.Uid, meta.Version, options.VisibilityTimeout, cancellationToken).ConfigureAwait(false);
        }

        return unknown;
    }

    /// <summary>Why the pod may not speak for these applications, although its records name them; null: it may.</summary>
    public Refusal? Reserved(TargetPod target, IEnumerable<string> applications) =>
        names.Reserved(target.Known, applications);

    /// <summary>Why the pod may not be mapped to these interfaces: an interface that it may not register cannot be provided by a mapping either.</summary>
    public Task<Refusal?> RefusedAsync(TargetPod target, IReadOnlyCollection<string> interfaces, CancellationToken cancellationToken) =>
        names.RefusedAsync(target, interfaces, cancellationToken);

    private static ImmutableSortedSet<string> Unknown(RegistrySnapshot snapshot, TargetPod target, IReadOnlyCollection<string> applications) =>
        applications.Where(name => !ApplicationRegistrations.IsRegisteredBy(snapshot, new ApplicationName(target.Namespace, name), target.Uid))
            .ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>Dubbo Java does not write its application into the pod: the application is a Service that selects the pod.</summary>
    private bool IsOf(Pod pod, PodRecords records, string application) =>
        records.Registrations.Any(record => record.Key.Service == application || record.Metadata.GetValueOrDefault(ApplicationMember) == application)
        || (records.DubboJava is not null
            && LabelSelector.Selects(cluster.FindService(pod.Metadata.Namespace, application)?.Selector, pod.Metadata.Labels));
}
