using System.Threading.Channels;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registration;

/// <summary>
/// Creates a Kubernetes Event on the pod for every write, so that <c>kubectl describe pod</c> shows who registered what. Writes enqueue them and
/// never wait; one loop sends them, one at a time. While a thousand are queued, further ones are dropped and counted.
/// </summary>
public sealed partial class RegistrationEvents
{
    private const int MaxWaiting = 1_000;

    private readonly KubernetesApi _api;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger _log;
    private readonly Channel<ClusterEvent> _waiting;
    private bool _isRefused;

    public RegistrationEvents(KubernetesApi api, GatewayMetrics metrics, ILogger<RegistrationEvents> logger)
    {
        (_api, _metrics, _log) = (api, metrics, logger);
        _waiting = Channel.CreateBounded<ClusterEvent>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }, _ => Count("left-out"));
    }

    /// <summary>Sends until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var next in _waiting.Reader.ReadAllAsync(cancellationToken))
                await SendAsync(next, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    internal void Offer(CallerIdentity caller, string verb, ObjectMeta pod, string ids)
    {
        var reason = verb switch
        {
            "register" => "Registered",
            "update" => "RegistrationUpdated",
            "confirm" => "RegistrationConfirmed",
            _ => "Deregistered",
        };
        _waiting.Writer.TryWrite(new ClusterEvent(
            new TargetReference("Pod", pod.Namespace, pod.Name, pod.Uid), reason, verb, $"{verb} {ids} by {LogText.Escaped(caller.ToString()!)}", IsWarning: false));
    }

    private async Task SendAsync(ClusterEvent next, CancellationToken cancellationToken)
    {
        try
        {
            await _api.CreateEventAsync(next, cancellationToken);
            Count("sent");
            _isRefused = false;
        }
        catch (KubernetesApiException failure)
        {
            Count("failed");
            if (!_isRefused)
                Refused(_log, failure.StatusCode, failure.Reason);
            _isRefused = true;
        }
    }

    private void Count(string result) => _metrics.RegistrationEvents.Add(1, new KeyValuePair<string, object?>("result", result));

    [LoggerMessage(1660, LogLevel.Warning,
        "An Event on a pod could not be created ({StatusCode} {Reason}); writes continue without Events. The right to create events.events.k8s.io is needed (chart: rbac.events)")]
    private static partial void Refused(ILogger logger, int statusCode, string? reason);
}
