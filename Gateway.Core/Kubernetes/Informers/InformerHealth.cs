using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Keeps an informer's word on whether its kind is being followed. Written by the reflector's list, watch and probe, which run beside each
/// other; the informer is what others read.
/// </summary>
internal sealed class InformerHealth<T>(
    Informer<T> informer, ResourceType<T> type, ReflectorOptions options, TimeProvider time, GatewayMetrics metrics, ILogger logger)
    where T : class, IKubernetesObject
{
    private readonly Lock _gate = new();
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

    /// <summary>A list, a watch, an event or a probe has come.</summary>
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

    /// <summary>There is no right to this kind, and it can be done without.</summary>
    public void Refused()
    {
        if (!informer.IsRefused)
            InformersLog.DoingWithout(logger, type.Plural, options.RefusedRetry);
        informer.ReportRefused(true);
    }

    /// <summary>Waits as long as the API server asks for with a 429, which is neither a failure nor a reason to begin anew.</summary>
    public async Task WaitThrottledAsync(KubernetesApiException failure, CancellationToken cancellationToken)
    {
        _throttledSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_throttledSince.Value) >= options.ThrottledIsLost)
            Failed(failure.Message);
        var wait = failure.RetryAfter is { } asked && asked > TimeSpan.Zero ? asked : TimeSpan.FromSeconds(1);
        // At most a fifth more, so that those sent away together do not return together.
        await Task.Delay(wait * (1 + options.Jitter() / 5), time, cancellationToken);
    }
}
