using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Updates an informer's state: whether its kind is being watched. Written by the reflector's list, watch and probe, which run
/// concurrently; others read the informer.
/// </summary>
internal sealed class InformerHealth<T>(
    Informer<T> informer, ResourceType<T> type, ReflectorOptions options, TimeProvider time, GatewayMetrics metrics, ILogger logger)
    where T : class, IKubernetesObject
{
    private readonly Lock _gate = new();
    private readonly Backoff _throttling = new(options.Throttling, time);
    private long? _throttledSince;

    public bool IsLost => informer.IsLost;

    /// <summary>An attempt to list, watch or probe failed.</summary>
    public void Failed(string why)
    {
        lock (_gate)
        {
            if (informer.IsLost)
                return;
            metrics.InformersLost.Add(1, new KeyValuePair<string, object?>("resource", type.Plural));
            InformersLog.Lost(logger, type.Plural, informer.Namespace, why);
            informer.ReportLost(true);
        }
    }

    /// <summary>A list, a watch, an event or a probe was received.</summary>
    public void Succeeded()
    {
        if (!informer.IsLost && _throttledSince is null && !informer.IsRefused)
            return;
        lock (_gate)
        {
            _throttledSince = null;
            informer.ReportRefused(false);
            if (!informer.IsLost)
                return;
            metrics.InformersLost.Add(-1, new KeyValuePair<string, object?>("resource", type.Plural));
            InformersLog.Regained(logger, type.Plural, informer.Namespace);
            informer.ReportLost(false);
        }
    }

    /// <summary>The right to this optional kind is missing.</summary>
    public void Refused()
    {
        if (!informer.IsRefused)
            InformersLog.DoingWithout(logger, type.Plural, options.RefusedRetry);
        informer.ReportRefused(true);
    }

    /// <summary>Waits as long as the API server asks for with a 429, which is neither a failure nor a reason to relist.</summary>
    public async Task WaitThrottledAsync(KubernetesApiException failure, CancellationToken cancellationToken)
    {
        _throttledSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_throttledSince.Value) >= options.ThrottledIsLost)
            Failed(failure.Message);
        await _throttling.WaitAsync(failure.RetryAfter, cancellationToken);
    }
}
