using System.Collections.Immutable;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;
using StackExchange.Redis;

namespace Gateway.Core.Registry.Saved;

/// <summary>
/// Lets replicas count histories of the cluster's store alike: one that started after the store was put back has not seen it happen, and its
/// revisions would never be compared with those of replicas that have. Says every second what this one counts, and takes over what is higher, within
/// bounds: a count that no number of restores explains would raise every revision for good. Its loop alone writes whether it has counted.
/// </summary>
public sealed class SharedEpochs(RedisConnection redis, RegistryState state, RegistryProjector projector, TimeProvider time)
{
    /// <summary>
    /// The highest count that a replica takes over when it knows nothing yet: a backup is restored by hand, and a count this high takes a
    /// thousand of them while some replica or Redis lived on.
    /// </summary>
    public const uint MostAtFirst = 1024;

    /// <summary>By how much a count may be higher than its own, once a replica has counted with the others: it missed that many at most.</summary>
    public const uint MostAtOnce = 64;

    // KEYS: histories. ARGV: how long the key lives in milliseconds, then (part, history, the highest that is believed) for each. Answers the
    // highest that any replica said; what is not believed is overwritten.
    private static readonly RedisScript Script = new(RedisStore.Histories, """
        own(KEYS[1], 'hash')
        for i = 2, #ARGV, 3 do
          local said = tonumber(ARGV[i + 1])
          local found = field(KEYS[1], ARGV[i], 16)
          local known = number(found, 0, tonumber(ARGV[i + 2]))
          if not known and found ~= false then dropped = dropped + 1 end
          if not known or known < said then
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
            known = said
          end
          answer[#answer + 1] = ms(known)
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        """);

    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(2);

    private readonly RedisKey[] _keys = [RedisKeys.Histories(state.Layout.Fingerprint)];
    private bool _hasCounted;

    /// <summary>Says and takes over until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(LogInterval, time);
            do
            {
                await ExchangeAsync();
            }
            while (await clock.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>One exchange. Nothing is said while the API server is away: what is served then may be of a history that is lost.</summary>
    internal async Task ExchangeAsync()
    {
        var snapshot = state.Current;
        if (!redis.IsAvailable || !snapshot.HasSynced || snapshot.IsStale)
            return;
        var parts = snapshot.Revision.Parts;
        List<RedisValue> arguments = [(long)KeyLife.TotalMilliseconds];
        foreach (var part in parts)
            arguments.AddRange([part.Index, (long)part.History, Highest(part)]);
        var answer = await redis.TryScriptAsync(Script, _keys, [.. arguments]);
        if (!answer.TryGet(out var rows))
            return;
        var higher = ImmutableArray.CreateBuilder<RevisionPart>();
        for (var place = 0; place < parts.Length && place < rows.Length; place++)
        {
            if (!RedisInput.TryNumber(rows[place], 0, Highest(parts[place]), out var history))
                redis.Unreadable.Skip(RedisStore.Histories);
            else if (history > parts[place].History)
                higher.Add(parts[place] with { History = (uint)history });
        }

        _hasCounted = true;
        if (higher.Count > 0)
            projector.RaiseHistories(higher.ToImmutable());
    }

    // What a replica counts itself is always believed, so that a count can be too high for others at worst, never stand still.
    private long Highest(RevisionPart part)
    {
        long believed = _hasCounted ? part.History + (long)MostAtOnce : Math.Max(MostAtFirst, part.History);
        return Math.Min(believed, uint.MaxValue / 2);
    }
}
