using System.Globalization;
using Gateway.Core.Annotations;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Registry;

/// <summary>Keeps a saved registry in Redis; one replica at a time is its writer. Keeps no state of its own.</summary>
public sealed class SavedRegistryStore(RedisConnection redis, RevisionLayout layout, AnnotationOptions options)
{
    private static readonly RedisValue Bytes = "bytes";
    private static readonly RedisValue At = "at";

    private readonly RedisKey _key = RedisKeys.State(layout.Fingerprint);

    /// <summary>Whether <paramref name="writer"/> is the one that saves, for that long from now on.</summary>
    public async Task<bool> ClaimAsync(string writer, TimeSpan span)
    {
        var extended = await redis.TryAsync(database => database.LockExtendAsync(RedisKeys.StateWriter, writer, span)).ConfigureAwait(false);
        if (extended.TryGet(out var isStillOurs) && isStillOurs)
            return true;
        var taken = await redis.TryAsync(database => database.LockTakeAsync(RedisKeys.StateWriter, writer, span)).ConfigureAwait(false);
        return taken.TryGet(out var isOurs) && isOurs;
    }

    public async Task<bool> SaveAsync(SavedRegistry saved)
    {
        var bytes = SavedRegistryBytes.Write(saved);
        return await PutAsync([new HashEntry(Bytes, bytes), new HashEntry(At, Milliseconds(saved.At))]).ConfigureAwait(false);
    }

    /// <summary>What stands there is still so.</summary>
    public Task<bool> ConfirmAsync(DateTimeOffset at) => PutAsync([new HashEntry(At, Milliseconds(at))]);

    /// <summary>Null: there is none that can be read, or Redis is away.</summary>
    public async Task<SavedRegistry?> LoadAsync()
    {
        var answer = await redis.TryAsync(database => database.HashGetAsync(_key, [Bytes, At])).ConfigureAwait(false);
        if (!answer.TryGet(out var values) || values[0].IsNull || values[1].IsNull)
            return null;
        return SavedRegistryBytes.Read((byte[])values[0]!) is { } saved
            ? saved with { At = DateTimeOffset.FromUnixTimeMilliseconds((long)values[1]) }
            : null;
    }

    private static string Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private async Task<bool> PutAsync(HashEntry[] entries)
    {
        var answer = await redis.TryAsync(async database =>
        {
            await database.HashSetAsync(_key, entries).ConfigureAwait(false);
            return await database.KeyExpireAsync(_key, options.RestoreMaxAge + TimeSpan.FromHours(1)).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return answer.HasValue;
    }
}
