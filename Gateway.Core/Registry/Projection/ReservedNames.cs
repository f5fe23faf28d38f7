using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// The rule of names (contract, section 4): the name of a Service with a selector belongs to the pods that it selects, however a pod says the name.
/// Pure.
/// </summary>
public static class ReservedNames
{
    /// <summary>The metadata by which a registration names its application.</summary>
    internal const string ApplicationMember = "application";

    /// <summary>Whether the Service (null: there is none of that name) keeps its name from the pod (null: an endpoint without a pod).</summary>
    public static bool IsReserved(Service? service, Pod? pod) =>
        service?.Selector is { Count: > 0 } selector && (pod is null || !LabelSelector.Selects(selector, pod.Metadata.Labels));

    /// <summary>The other name that a record says; null: none, or text that is no name.</summary>
    public static string? ApplicationOf(RegistrationRecord record) => ApplicationOf(record.Metadata);

    /// <summary>The application that metadata names; null: none, or text that is no name.</summary>
    public static string? ApplicationOf(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue(ApplicationMember, out var name) && RegistrationRules.IsName(name) ? name : null;

    /// <summary>
    /// The records as they are served: without those whose service is reserved, and without the application of those whose application is.
    /// </summary>
    public static PodRecords Permitted(Pod pod, PodRecords read, Func<ServiceKey, Service?> find)
    {
        var reserved = ImmutableArray.CreateBuilder<ReservedRecord>();
        var registrations = Permitted(pod, read.Registrations, find, reserved);
        return reserved.Count == 0 ? read : read with { Registrations = registrations, Reserved = reserved.ToImmutable() };
    }

    private static ImmutableArray<RegistrationRecord> Permitted(
        Pod pod, ImmutableArray<RegistrationRecord> read, Func<ServiceKey, Service?> find, ImmutableArray<ReservedRecord>.Builder reserved)
    {
        ImmutableArray<RegistrationRecord>.Builder? kept = null;
        for (var i = 0; i < read.Length; i++)
        {
            var record = read[i];
            var permitted = record;
            if (IsReserved(find(new(record.Key.Namespace, record.Key.Service)), pod))
            {
                reserved.Add(new(record, record.Key.Service, IsApplication: false));
                permitted = null;
            }
            else if (ApplicationOf(record) is { } application && IsReserved(find(new(record.Key.Namespace, application)), pod))
            {
                reserved.Add(new(record, application, IsApplication: true));
                permitted = record with { Metadata = record.Metadata.Remove(ApplicationMember) };
            }

            if (kept is null && !ReferenceEquals(permitted, record))
            {
                kept = ImmutableArray.CreateBuilder<RegistrationRecord>(read.Length);
                kept.AddRange(read, i);
            }

            if (permitted is not null)
                kept?.Add(permitted);
        }

        return kept?.ToImmutable() ?? read;
    }
}
