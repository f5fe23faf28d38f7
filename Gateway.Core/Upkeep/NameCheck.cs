using System.Runtime.CompilerServices;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Origins;
using Gateway.Core.Registry.Projection;

namespace Gateway.Core.Upkeep;

/// <summary>
/// Reads a cluster and finds the records that are not listed because they name a Service that does not select their pod, with the same rule as the
/// registry, and the pods that get no interface of their Service for it. What applications published as MetadataInfo and mappings is not in the
/// cluster. Also finds the records of formats that are not read. Changes nothing.
/// </summary>
/// <param name="api">Must keep every annotation that a format reads.</param>
/// <param name="reservesNames">Whether the selectors of Services say which pods may have their names.</param>
public sealed class NameCheck(KubernetesApi api, PodRecordReader reader, NameMapping mapping, bool reservesNames = true)
{
    // A page of 500 pods is a few megabytes.
    private const int PageSize = 500;

    /// <param name="namespaces">Empty is the whole cluster.</param>
    /// <param name="podSelector">Of the pods that the gateway watches; null: all.</param>
    public async Task<NameCheckReport> RunAsync(IReadOnlyCollection<string> namespaces, string? podSelector, CancellationToken cancellationToken)
    {
        var seen = 0;
        var hidden = new List<HiddenRecord>();
        var notRead = new List<NotReadRecords>();
        foreach (var ns in namespaces.Count == 0 ? [""] : namespaces)
        {
            var services = new Dictionary<ServiceKey, Service>();
            await foreach (var service in ListAsync(ResourceTypes.Services, new ListRequest { Namespace = ns, Limit = PageSize }, cancellationToken))
                services[new(service.Metadata.Namespace, service.Metadata.Name)] = service;
            var mapped = Mapped(services);
            await foreach (var pod in ListAsync(ResourceTypes.Pods, new ListRequest { Namespace = ns, Limit = PageSize, LabelSelector = podSelector }, cancellationToken))
            {
                seen++;
                var read = reader.Read(pod);
                notRead.AddRange(NotRead(pod, read));
                if (!reservesNames)
                    continue;
                foreach (var reserved in ReservedNames.Permitted(pod, read, services.GetValueOrDefault).Reserved)
                {
                    hidden.Add(new(
                        new(pod.Metadata.Namespace, reserved.Name), pod.Metadata.Key, reader.KeyOf(reserved.Record), reserved.Record.Key.Service, reserved.IsApplication));
                }

                foreach (var (service, name) in mapped[pod.Metadata.Namespace])
                {
                    if (LabelSelector.Selects(service.Selector, pod.Metadata.Labels) && ReservedNames.IsReserved(services.GetValueOrDefault(name), pod))
                        hidden.Add(new(name, pod.Metadata.Key, null, service.Metadata.Name, IsApplication: false));
                }
            }
        }

        return new(seen, notRead, [.. hidden.OrderBy(static one => one.Name.ToString(), StringComparer.Ordinal).ThenBy(static one => one.Pod.Name, StringComparer.Ordinal)]);
    }

    private static IEnumerable<NotReadRecords> NotRead(Pod pod, PodRecords read)
    {
        if (read.NotRead is not { } left)
            return [];
        var counts = left.Registrations.CountBy(static record => record.Source);
        if (left.DubboJava is not null)
            counts = counts.Append(KeyValuePair.Create(InstanceSource.DubboJava, 1));
        return counts.Select(one => new NotReadRecords(one.Key, pod.Metadata.Key, one.Value));
    }

    /// <summary>By namespace: the Services with interfaces, and each interface.</summary>
    private ILookup<string, (Service Service, ServiceKey Name)> Mapped(Dictionary<ServiceKey, Service> services)
    {
        var existing = services.Keys.ToHashSet();
        return services.Values.Where(mapping.Concerns)
            .SelectMany(service => mapping.NamesOf(service, existing, []).Select(name => (Service: service, Name: new ServiceKey(service.Metadata.Namespace, name.Interface.Name))).Distinct())
            .ToLookup(static one => one.Name.Namespace, StringComparer.Ordinal);
    }

    private async IAsyncEnumerable<T> ListAsync<T>(
        ResourceType<T> type, ListRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        while (true)
        {
            var page = await api.ListAsync(type, request, cancellationToken);
            foreach (var item in page.Items)
                yield return item;
            if (page.Continue.Length == 0)
                yield break;
            request = request with { Continue = page.Continue };
        }
    }
}

/// <summary>What a cluster has of records with reserved names, by name and pod, and of records that are not read.</summary>
/// <param name="Pods">All pods that were read.</param>
/// <param name="NotRead">The records of formats that are not read.</param>
/// <param name="Hidden">The records with reserved names.</param>
public sealed record NameCheckReport(int Pods, IReadOnlyList<NotReadRecords> NotRead, IReadOnlyList<HiddenRecord> Hidden);

/// <summary>So many records of one pod, of a format that is not read.</summary>
public sealed record NotReadRecords(InstanceSource Source, ObjectKey Pod, int Count);

/// <summary>
/// A record that is not listed under <paramref name="Name"/>. <paramref name="IsApplication"/>: it stays listed under its
/// <paramref name="Service"/>. <paramref name="Annotation"/> null: no record, but an interface that the Service gives to the pod.
/// </summary>
public sealed record HiddenRecord(ServiceKey Name, ObjectKey Pod, string? Annotation, string Service, bool IsApplication);
