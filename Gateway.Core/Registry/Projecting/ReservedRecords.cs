using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Projecting;

/// <summary>
/// Counts records with names that their pods may not have, and logs them once a round: each, or, where one Service hides more than a few at once,
/// that Service. Owned by the projector's thread.
/// </summary>
internal sealed class ReservedRecords(bool isEnforced, GatewayMetrics metrics, ILogger logger)
{
    // More than a pod or two that someone relabelled: a new Service with a typo in its selector.
    internal const int Few = 5;

    private readonly int[] _counts = new int[InstanceSourceNames.All.Length];

    // What was hidden since the last report, with the service of the record.
    private readonly Dictionary<Hidden, string> _round = [];

    /// <summary>False: pods may have any name, or the cluster was asked when the record was written.</summary>
    public bool IsEnforced => isEnforced;

    /// <summary>Counts the records of those pods from the beginning; all of them were logged before.</summary>
    public void Restart(IEnumerable<PodEntry> pods)
    {
        Array.Clear(_counts);
        foreach (var reserved in pods.SelectMany(static entry => entry.Records.Reserved))
            _counts[(int)reserved.Record.Source]++;
    }

    public void Observe(ObjectKey pod, PodRecords? before, PodRecords? after)
    {
        if (ReferenceEquals(before, after) || ((before?.Reserved.IsEmpty ?? true) && (after?.Reserved.IsEmpty ?? true)))
            return;
        var shown = new HashSet<Hidden>();
        foreach (var reserved in before?.Reserved ?? [])
        {
            _counts[(int)reserved.Record.Source]--;
            shown.Add(Hidden.Of(pod, reserved));
        }

        foreach (var reserved in after?.Reserved ?? [])
        {
            _counts[(int)reserved.Record.Source]++;
            if (!shown.Remove(Hidden.Of(pod, reserved)))
                _round[Hidden.Of(pod, reserved)] = reserved.Record.Key.Service;
        }

        foreach (var one in shown)
            _round.Remove(one);
    }

    /// <summary>Call after each round that has published.</summary>
    public void Report()
    {
        for (var source = 0; source < _counts.Length; source++)
            metrics.RegistryReserved.Record(_counts[source], new KeyValuePair<string, object?>("source", InstanceSourceNames.All[source]));
        foreach (var name in _round.GroupBy(static one => new ServiceKey(one.Key.Pod.Namespace, one.Key.Name)))
        {
            var hidden = name.ToList();
            if (hidden.Count > Few)
            {
                metrics.RegistryMassDelistings.Add(1);
                RegistryLog.Delisted(logger, name.Key, hidden.Count);
                continue;
            }

            foreach (var (one, service) in hidden)
                RegistryLog.NameReserved(logger, one.Pod, service, one.Name, ReservedRecord.EffectOf(one.IsApplication));
        }

        _round.Clear();
    }

    private readonly record struct Hidden(ObjectKey Pod, string Id, string Name, bool IsApplication)
    {
        public static Hidden Of(ObjectKey pod, ReservedRecord reserved) => new(pod, reserved.Record.Id, reserved.Name, reserved.IsApplication);
    }
}
