using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Supervision;

namespace Gateway.Core.Registration;

/// <summary>
/// Lists all watched pods at the API server, page by page, until one holds the registration: an id does not say which pod it belongs to, and a
/// replica that lags must not answer 404 for what another has acknowledged. A search is expensive, so one runs at a time, for all ids that were
/// asked for before it began; only users who name no pod need it, and may list pods. Holds the ids of the next search; every call adds to them, under one lock.
/// </summary>
public sealed class LivePodSearch(
    KubernetesApi api, KubernetesOptions kubernetes, AnnotationOptions annotations, PodRecordReader reader, LoopSupervisor loops, TimeProvider time) : IPodSearch
{
    private const int PageSize = 500;

    // Several calls share a search, so it has a limit of its own and no call's cancellation ends it.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private Dictionary<string, TaskCompletionSource<PodName?>> _next = new(StringComparer.Ordinal);
    private bool _isRunning;

    public IReadOnlyCollection<string> Namespaces => [.. kubernetes.Namespaces];

    public Task<PodName?> FindAsync(RegistrationId id, CancellationToken cancellationToken)
    {
        TaskCompletionSource<PodName?> asked;
        lock (_lock)
        {
            if (!_next.TryGetValue(id, out asked!))
                _next[id] = asked = new TaskCompletionSource<PodName?>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_isRunning)
            {
                _isRunning = true;
                loops.Begin("pod-search", ServeAsync);
            }
        }

        return asked.Task.WaitAsync(cancellationToken);
    }

    private async Task ServeAsync()
    {
        while (TakeAsked() is { } wanted)
        {
            try
            {
                await SearchAsync(wanted);
                foreach (var asked in wanted.Values)
                    asked.TrySetResult(null);
            }
            catch (Exception failure)
            {
                // Callers answer a failure of the API server with a refusal; anything else is a bug, which they log.
                if (failure is not KubernetesApiException)
                    loops.Count("pod-search");
                foreach (var asked in wanted.Values)
                {
                    asked.TrySetException(failure);

                    // Marked as observed, because the callers may have stopped waiting.
                    _ = asked.Task.Exception;
                }
            }
        }
    }

    /// <summary>The ids of the next search; null: there are none, and the loop has ended.</summary>
    private Dictionary<string, TaskCompletionSource<PodName?>>? TakeAsked()
    {
        lock (_lock)
        {
            _isRunning = _next.Count > 0;
            if (!_isRunning)
                return null;
            var wanted = _next;
            _next = new Dictionary<string, TaskCompletionSource<PodName?>>(StringComparer.Ordinal);
            return wanted;
        }
    }

    private async Task SearchAsync(Dictionary<string, TaskCompletionSource<PodName?>> wanted)
    {
        using var deadline = new CancellationTokenSource(Limit, time);
        try
        {
            foreach (var ns in kubernetes.Namespaces.DefaultIfEmpty(""))
                await SearchAsync(ns, wanted, deadline.Token);
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested)
        {
            // The search's own limit, not the timeout of its last HTTP call.
            throw new KubernetesApiException(0, null, message: $"The pods could not be searched within {Limit}.", innerException: late);
        }
    }

    private async Task SearchAsync(string ns, Dictionary<string, TaskCompletionSource<PodName?>> wanted, CancellationToken cancellationToken)
    {
        var next = "";
        do
        {
            if (wanted.Values.All(static asked => asked.Task.IsCompleted))
                return;
            var page = await api.ListAsync(
                ResourceTypes.Pods,
                new ListRequest { Namespace = ns, LabelSelector = kubernetes.PodSelector, Limit = PageSize, Continue = next },
                cancellationToken);
            foreach (var pod in page.Items)
                Answer(pod, wanted);
            next = page.Continue;
        }
        while (next.Length > 0);
    }

    private void Answer(Pod pod, Dictionary<string, TaskCompletionSource<PodName?>> wanted)
    {
        if (pod.Metadata.Annotations.Count == 0)
            return;
        var name = new PodName(pod.Metadata.Namespace, pod.Metadata.Name);
        foreach (var key in pod.Metadata.Annotations.Keys)
        {
            if (annotations.TryGetId(key, out var id) && wanted.TryGetValue(id, out var asked))
                asked.TrySetResult(name);
        }

        foreach (var record in reader.Read(pod).Registrations)
        {
            if (wanted.TryGetValue(record.Id, out var asked))
                asked.TrySetResult(name);
        }
    }
}
