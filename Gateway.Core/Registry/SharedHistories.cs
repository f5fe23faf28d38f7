using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Registry;

/// <summary>
/// Lets replicas count histories of the cluster's store alike: one that started after the store was put back has not seen it happen, and its
/// revisions would never be compared with those of replicas that have. Says every second what this one counts, and takes over what is higher.
/// </summary>
public sealed class SharedHistories(RedisConnection redis, RegistryState state, RegistryProjector projector, TimeProvider time)
{
    // KEYS: histories. ARGV: how long the key lives in milliseconds, then (part, history) for each. Answers the highest that any replica said.
    private const string Text = """
        local answer = {}
        for i = 2, #ARGV, 2 do
          local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
          local said = tonumber(ARGV[i + 1])
          if said > known then
            redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
            known = said
          end
          answer[#answer + 1] = string.format('%.0f', known)
        end
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        return answer
        """;

    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeyLife = TimeSpan.FromHours(2);

    private readonly RedisKey[] _keys = [RedisKeys.Histories(state.Layout.Fingerprint)];

    /// <summary>Says and takes over until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var clock = new PeriodicTimer(SayEvery, time);
            do
            {
                await ExchangeAsync().ConfigureAwait(false);
            }
            while (await clock.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
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
            arguments.AddRange([part.Index, (long)part.History]);
        var answer = await redis.TryScriptAsync(Text, _keys, [.. arguments]).ConfigureAwait(false);
        if (!answer.TryGet(out var result))
            return;
        var histories = (RedisValue[])result!;
        var higher = parts.Select((part, place) => part with { History = uint.Parse((string)histories[place]!, CultureInfo.InvariantCulture) })
            .Except(parts).ToImmutableArray();
        if (!higher.IsEmpty)
            projector.RaiseHistories(higher);
    }
}
