using System.Collections.Immutable;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;
using StackExchange.Redis;

namespace Gateway.Core.Registry.Saved;

/// <summary>
/// Lets replicas agree on the count of etcd histories. A replica that started after etcd was restored from a backup has not counted that, and its
/// revisions could not be compared with those of replicas that have. Sends this replica's count with every exchange and adopts a higher one, within bounds:
/// a count that no number of restores explains would raise every revision permanently. The exchange alone writes whether it has counted.
/// </summary>
public sealed class SharedEpochs(RedisConnection redis, RegistryState state, RegistryProjector projector) : IExchanged
{
    /// <summary>
    /// The highest count that a replica adopts before its first exchange: backups are restored by hand, and so high a count needs a thousand restores
    /// during which some replica or Redis kept running.
    /// </summary>
    public const uint MostAtFirst = 1024;

    /// <summary>By how much an adopted count may exceed the replica's own after its first exchange: the restores that it can have missed.</summary>
    public const uint MostAtOnce = 64;

    // KEYS: histories. ARGV: how long the key lives in milliseconds, then (part, history, the highest that is accepted) for each. Returns the
    // highest that any replica sent; a value that is not accepted is overwritten.
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

    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(2);

    private readonly RedisKey[] _keys = [redis.Keys.Histories(state.Layout.Fingerprint)];
    private bool _hasCounted;

    public Action? Wake { get; set; }

    /// <summary>One exchange. Nothing is sent while the API server is unavailable: the snapshot may then be of a lost history.</summary>
    public async Task ExchangeAsync()
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

    // A replica's own count is always accepted, so a count may be too high for others at worst, but never stops rising.
    private long Highest(RevisionPart part)
    {
        long believed = _hasCounted ? part.History + (long)MostAtOnce : Math.Max(MostAtFirst, part.History);
        return Math.Min(believed, uint.MaxValue / 2);
    }
}
