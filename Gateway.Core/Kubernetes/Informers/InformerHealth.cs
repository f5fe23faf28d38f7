using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Timing;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Updates an informer's state: whether its kind is being watched. Written by the reflector's list, watch and probe, which run
/// concurrently; others read the informer.
/// </summary>
internal sealed class InformerHealth<T>(InformerContext<T> context)
    where T : class, IKubernetesObject
{
    private readonly Lock _gate = new();
    private readonly Backoff _throttling = new(context.Options.Throttling, context.Time);
    private long? _throttledSince;

    /// <summary>An attempt to list, watch or probe failed.</summary>
    public void Failed(string why)
    {
        lock (_gate)
        {
            if (context.Informer.IsLost)
                return;
            context.Metrics.InformersLost.Add(1, context.Resource);
            InformersLog.Lost(context.Logger, context.Type.Plural, context.Scope.Shown, why);
            context.Informer.ReportLost(true);
        }
    }

    /// <summary>A list, a watch, an event or a probe was received.</summary>
    public void Succeeded()
    {
        if (!context.Informer.IsLost && _throttledSince is null && !context.Informer.IsRefused)
            return;
        lock (_gate)
        {
            _throttledSince = null;
            context.Informer.ReportRefused(false);
            if (!context.Informer.IsLost)
                return;
            context.Metrics.InformersLost.Add(-1, context.Resource);
            InformersLog.Regained(context.Logger, context.Type.Plural, context.Scope.Shown);
            context.Informer.ReportLost(false);
        }
    }

    /// <summary>The right to this optional kind is missing.</summary>
    public void Refused()
    {
        if (!context.Informer.IsRefused)
            InformersLog.DoingWithout(context.Logger, context.Type.Plural, context.Options.RefusedRetry);
        context.Informer.ReportRefused(true);
    }

    /// <summary>Waits as long as the API server asks for with a 429, which is neither a failure nor a reason to relist.</summary>
    public async Task WaitThrottledAsync(KubernetesApiException failure, CancellationToken cancellationToken)
    {
        _throttledSince ??= context.Time.GetTimestamp();
        if (context.Time.GetElapsedTime(_throttledSince.Value) >= context.Options.ThrottledIsLost)
            Failed(failure.Message);
        await _throttling.WaitAsync(failure.RetryAfter, cancellationToken);
    }
}
