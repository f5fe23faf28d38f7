using System.Globalization;
using System.Security.Cryptography;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Election;

/// <summary>
/// Elects one replica by a Lease, as client-go's leaderelection does: a leader that did not renew for its whole duration, by this
/// process' own clock, may be replaced. The leader trusts itself for two thirds of that, so it stops before another begins. Its own loop
/// writes the state; anyone reads it.
/// </summary>
public sealed partial class LeaderElection : ILeadership
{
    private readonly KubernetesApi _api;
    private readonly ElectionOptions _options;
    private readonly string _namespace;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private V1Lease? _seen;
    private long _seenAt;
    private volatile Term? _term;
    private bool _isRefused;

    public LeaderElection(KubernetesApi api, ClusterConnection connection, ElectionOptions options, TimeProvider time, ILogger<LeaderElection> logger)
    {
        (_api, _options, _time, _logger) = (api, options, time, logger);
        _namespace = options.Namespace.Length > 0 ? options.Namespace : connection.Namespace ?? "default";
    }

    /// <summary>Where the Lease is.</summary>
    public string Namespace => _namespace;

    /// <summary>Unique to this process: a restarted container is a new candidate.</summary>
    public string Identity { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");

    public int? CurrentTerm => _term is { } term && _time.GetTimestamp() < term.Until ? term.Number : null;

    /// <summary>Acquires or renews the Lease periodically until cancelled, then releases it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(_options.RenewEvery, _time);
            do
            {
                await StepAsync(cancellationToken);
            }
            while (await clock.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await ResignAsync();
        }
    }

    /// <summary>Reads the Lease once, and acquires or renews it where it may.</summary>
    internal async Task StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TryAcquireOrRenewAsync(cancellationToken);
            _isRefused = false;
        }
        catch (KubernetesApiException failure)
        {
            // The version read may be outdated: read again before the next attempt. A leader leads until its own term expires.
            _seen = failure.IsConflict || failure.IsAlreadyExists ? null : _seen;
            if (!_isRefused && failure.StatusCode is 401 or 403 or 404)
            {
                _isRefused = true;
                Refused(_logger, _namespace, _options.Name, failure.StatusCode);
            }
        }
    }

    private async Task TryAcquireOrRenewAsync(CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        var found = await _api.GetLeaseAsync(_namespace, _options.Name, cancellationToken);
        if (found is null)
        {
            var created = Claim(new V1Lease { Metadata = new V1ObjectMeta { Name = _options.Name, NamespaceProperty = _namespace } }, isNewTerm: true);
            Lead(asked, await _api.CreateLeaseAsync(created, cancellationToken));
            return;
        }

        if (found.Metadata.ResourceVersion != _seen?.Metadata.ResourceVersion || found.Metadata.Uid != _seen.Metadata.Uid)
            (_seen, _seenAt) = (found, _time.GetTimestamp());
        var isOurs = found.Spec?.HolderIdentity == Identity;
        var duration = found.Spec?.LeaseDurationSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : _options.Duration;
        if (!isOurs && !string.IsNullOrEmpty(found.Spec?.HolderIdentity) && _time.GetElapsedTime(_seenAt) < duration)
        {
            _term = null;
            return;
        }

        // The update names the version that was read, so it fails if another replica was faster.
        var lease = Claim(found, isNewTerm: !isOurs);
        Lead(asked, await _api.UpdateLeaseAsync(lease, cancellationToken));
    }

    private V1Lease Claim(V1Lease lease, bool isNewTerm)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var spec = lease.Spec ?? new V1LeaseSpec();
        return lease with
        {
            Spec = spec with
            {
                HolderIdentity = Identity,
                LeaseDurationSeconds = (int)_options.Duration.TotalSeconds,
                AcquireTime = isNewTerm ? now : spec.AcquireTime,
                RenewTime = now,
                LeaseTransitions = TermOf(lease) + (isNewTerm ? 1 : 0),
            },
        };
    }

    private static int TermOf(V1Lease lease) => lease.Spec?.LeaseTransitions ?? 0;

    private void Lead(long asked, V1Lease lease)
    {
        (_seen, _seenAt) = (lease, _time.GetTimestamp());
        var until = asked + (long)(_options.Duration.TotalSeconds * 2 / 3 * _time.TimestampFrequency);
        var term = TermOf(lease);
        if (CurrentTerm != term)
            Leading(_logger, _namespace, _options.Name, term);
        _term = new Term(term, until);
    }

    private async Task ResignAsync()
    {
        if (CurrentTerm is null || _seen is not { } held)
            return;
        _term = null;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
        try
        {
            var given = held with { Spec = held.Spec with { HolderIdentity = "", LeaseDurationSeconds = 1, RenewTime = _time.GetUtcNow().UtcDateTime } };
            await _api.UpdateLeaseAsync(given, limit.Token);
        }
        catch (Exception failure) when (failure is KubernetesApiException or OperationCanceledException)
        {
            // The others wait until the Lease has expired.
        }
    }

    [LoggerMessage(1350, LogLevel.Information, "This replica leads (Lease {Namespace}/{Name}, term {Term}): it removes lapsed registrations and corrects mirrors")]
    private static partial void Leading(ILogger logger, string @namespace, string name, int term);

    [LoggerMessage(1351, LogLevel.Warning,
        "Cannot acquire Lease {Namespace}/{Name} (HTTP {Status}); lapsed registrations will not be removed, and mirrors change only with calls")]
    private static partial void Refused(ILogger logger, string @namespace, string name, int status);

    private sealed record Term(int Number, long Until);
}

/// <summary>Whether this replica does what only one may do.</summary>
public interface ILeadership
{
    /// <summary>
    /// The number of the term in which this replica leads now; null: it does not lead. Work that was started in one term must not be finished in
    /// another: compare the number right before each write.
    /// </summary>
    int? CurrentTerm { get; }
}
