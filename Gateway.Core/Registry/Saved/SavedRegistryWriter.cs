using System.Globalization;
using System.Security.Cryptography;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Saved;

/// <summary>
/// Saves the registry in Redis while the API server is available, and offers the saved one to the projector when this process starts without an API
/// server. A pass of <see cref="SaveAsync()"/>, one at a time, writes its state: which snapshot is stored in Redis.
/// </summary>
public sealed class SavedRegistryWriter(
    RedisConnection redis, SavedRegistryStore store, RegistryState state, RegistryProjector projector, ClusterCache cluster, AnnotationOptions options,
    GatewayMetrics metrics, ILogger<SavedRegistryWriter> logger, TimeProvider time)
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    // By then an available API server has answered the first lists, except for the largest clusters.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly string _self = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly LogPace _tooLarge = new(time);
    private readonly SemaphoreSlim _turn = new(1);
    private RegistrySnapshot? _saved;

    /// <summary>Restores if necessary, then saves until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RestoreAsync(cancellationToken);
            using var clock = new PeriodicTimer(SaveEvery, time);
            do
            {
                await SaveAsync();
            }
            while (await clock.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One pass: saves a new snapshot, or marks the stored one as still current. False: neither was done.</summary>
    internal async Task<bool> SaveAsync()
    {
        // The snapshot that was taken first must not be stored last.
        await _turn.WaitAsync();
        try
        {
            return await SaveCurrentAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> SaveCurrentAsync()
    {
        var snapshot = state.Current;
        if (!redis.IsAvailable || !snapshot.HasSynced || snapshot.IsStale || !cluster.HasSynced)
            return false;
        if (!await store.ClaimAsync(_self, SaveEvery * 2.5))
        {
            _saved = null;
            return false;
        }

        var isSame = ReferenceEquals(_saved?.Pods, snapshot.Pods) && ReferenceEquals(_saved?.Services, snapshot.Services);
        var done = isSame ? await store.ConfirmAsync(time.GetUtcNow()) : await SaveAsync(snapshot);
        _saved = done ? snapshot : null;
        if (done && !isSame)
            metrics.SavedStates.Add(1, new KeyValuePair<string, object?>("way", "saved"));
        return done;
    }

    private async Task<bool> SaveAsync(RegistrySnapshot snapshot)
    {
        var outcome = await store.SaveAsync(Gather(snapshot));
        if (outcome == SaveOutcome.TooLarge && _tooLarge.Allows("too-large", out _))
            RegistryLog.TooLargeToSave(logger);
        return outcome == SaveOutcome.Saved;
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        using var clock = new PeriodicTimer(PollInterval, time);
        while (!state.Current.HasSynced)
        {
            if (redis.IsAvailable && time.GetElapsedTime(asked) >= Grace)
            {
                if ((await store.LoadAsync()).TryGet(out var saved))
                {
                    if (saved is not null)
                        Offer(saved);
                    else if (store.WasUnsigned)
                        Refuse();
                    return;
                }

                // A server that is busy answers later.
                asked = time.GetTimestamp();
            }

            await clock.WaitForNextTickAsync(cancellationToken);
        }
    }

    private void Refuse()
    {
        metrics.SavedStates.Add(1, new KeyValuePair<string, object?>("way", "refused"));
        RegistryLog.NotSigned(logger);
    }

    private void Offer(SavedRegistry saved)
    {
        var age = time.GetUtcNow() - saved.At;
        if (age > options.RestoreMaxAge)
        {
            RegistryLog.TooOldToRestore(logger, age.ToString("c", CultureInfo.InvariantCulture));
            return;
        }

        metrics.SavedStates.Add(1, new KeyValuePair<string, object?>("way", "restored"));
        RegistryLog.Restoring(logger, age.ToString("c", CultureInfo.InvariantCulture));
        projector.Offer(saved);
    }

    /// <summary>Objects of the cluster's copy may be a moment younger than the snapshot; the next list corrects that.</summary>
    private SavedRegistry Gather(RegistrySnapshot snapshot)
    {
        var shown = snapshot.Instances.All.Where(static instance => instance.Pod is not null)
            .Select(static instance => instance.Pod!.KeyIn(instance.Key.Namespace)).ToHashSet();
        var pods = snapshot.Pods.Values.Where(entry => shown.Contains(entry.Pod.Metadata.Key)
            || entry.AsRead.Registrations.Length > 0 || entry.Records.DubboJava is not null || entry.Records.Consumers.Length > 0).Select(static entry => entry.Pod).ToList();
        var nodes = pods.Select(static pod => pod.NodeName).ToHashSet();
        return new SavedRegistry(
            time.GetUtcNow(),
            snapshot.Revision.Shared.ToString(),
            [.. pods],
            [.. cluster.ServiceScopes.SelectMany(static scope => scope.Store.All)],
            [.. cluster.SliceScopes.SelectMany(static scope => scope.Store.All)],
            [.. cluster.EndpointsScopes.SelectMany(static scope => scope.Store.All)],
            [.. (cluster.Nodes?.Store.All ?? []).Where(node => nodes.Contains(node.Metadata.Name))]);
    }
}
