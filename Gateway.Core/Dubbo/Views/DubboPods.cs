using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Dubbo.Views;

/// <summary>
/// What pods' records contain beyond the instances of services: the interfaces that they consume, and the applications that they belong to.
/// Built by the first reader of a set of pods; immutable.
/// </summary>
public sealed class DubboPods
{
    private const string ApplicationMember = "application";

    private static readonly ConditionalWeakTable<PodTable, DubboPods> Made = [];

    private readonly ILookup<ServiceKey, DubboConsumerPod> _consumers;
    private readonly ILookup<ServiceKey, (PodEntry Pod, RegistrationRecord Record)> _applications;

    private DubboPods(PodTable pods)
    {
        var living = pods.Recorded.Where(static entry => !entry.Pod.IsFinished).ToList();
        _consumers = living.SelectMany(static entry => entry.Records.Consumers, static (entry, consumer) => new DubboConsumerPod(entry.Pod, consumer))
            .ToLookup(static one => new ServiceKey(one.Pod.Metadata.Namespace, one.Consumer.Service));
        _applications = living.SelectMany(static entry => entry.Records.Registrations, static (entry, record) => (Pod: entry, Record: record))
            .Where(static one => one.Record.Metadata.ContainsKey(ApplicationMember))
            .ToLookup(static one => new ServiceKey(one.Record.Key.Namespace, one.Record.Metadata[ApplicationMember]));
    }

    public static DubboPods Of(RegistrySnapshot snapshot) => Made.GetValue(snapshot.Pods, static pods => new DubboPods(pods));

    /// <summary>The interfaces of a namespace that at least one pod consumes.</summary>
    public IEnumerable<string> ConsumedIn(string ns) => _consumers.Where(group => group.Key.Namespace == ns).Select(static group => group.Key.Name);

    /// <summary>Sorted by pod, then in the order of the pod's records.</summary>
    public IEnumerable<DubboConsumerPod> ConsumersOf(ServiceKey service) =>
        _consumers[service].OrderBy(static one => one.Pod.Metadata.Name, StringComparer.Ordinal);

    /// <summary>The records that name this application in their metadata.</summary>
    internal IEnumerable<(PodEntry Pod, RegistrationRecord Record)> RecordsOf(ServiceKey application) => _applications[application];
}

/// <summary>A pod with a consumer record of an interface.</summary>
public sealed record DubboConsumerPod(Pod Pod, DubboConsumer Consumer)
{
    /// <summary>The address in the record, else the pod's own; "" where both are unknown.</summary>
    public string Address => Consumer.Address.Length > 0 ? Consumer.Address : Pod.PodIPs is [var first, ..] ? first : "";

    /// <summary><c>consumer://address/interface?...</c>, as Dubbo's own tools show consumers.</summary>
    public string Url
    {
        get
        {
            var parameters = Consumer.Metadata.ToBuilder();
            parameters["interface"] = Consumer.Service;
            parameters.TryAdd("side", "consumer");
            foreach (var (name, value) in new[] { ("group", Consumer.Group), ("version", Consumer.Version) })
            {
                if (value.Length > 0)
                    parameters[name] = value;
            }

            if (Consumer.RegisteredAt is { } at)
                parameters.TryAdd("timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
            return new DubboUrl("consumer", Address, null, Consumer.Service, parameters.ToImmutable()).ToString();
        }
    }
}
