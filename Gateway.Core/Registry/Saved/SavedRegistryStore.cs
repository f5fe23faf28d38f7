using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;
using StackExchange.Redis;

namespace Gateway.Core.Registry.Saved;

/// <summary>
/// Keeps a saved registry in Redis; one replica at a time is its writer. The writer keeps the length of the bytes that it wrote; used by one
/// caller at a time.
/// </summary>
/// <param name="secret">What is saved is signed by it, and only what is signed by it is loaded; empty: neither.</param>
public sealed class SavedRegistryStore(RedisConnection redis, RevisionLayout layout, AnnotationOptions options, TimeProvider time, string secret = "")
{
    // A claim without expiry, or with one this far away, was not made by a gateway and is replaced: it would keep every replica from saving.
    private static readonly TimeSpan LongestClaim = TimeSpan.FromHours(1);

    // How far a replica's clock may be ahead of another's.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    // KEYS: writer. ARGV: who claims, for how long, the longest that a claim can be. Times in milliseconds. Answers whether it is theirs.
    private static readonly RedisScript ClaimScript = new(RedisStore.State, """
        own(KEYS[1], 'string')
        local holder, left = text(KEYS[1], 64), redis.call('PTTL', KEYS[1])
        if holder == false or holder == ARGV[1] then
          answer = { '1' }
        elseif holder == nil or left < 0 or left > tonumber(ARGV[3]) then
          answer = { '1' }
          dropped = dropped + 1
        else
          answer = { '0' }
        end
        if answer[1] == '1' then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
        """);

    // KEYS: state. ARGV: the bytes, when they were current, how long they are kept, the signature of both.
    private static readonly RedisScript SaveScript = new(RedisStore.State, """
        own(KEYS[1], 'hash')
        redis.call('HSET', KEYS[1], 'bytes', ARGV[1], 'at', ARGV[2], 'mac', ARGV[4])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        """);

    // KEYS: state. ARGV: the length of the saved bytes, when they were current, how long they are kept, the signature of both. Returns whether bytes
    // of that length are still stored.
    private static readonly RedisScript ConfirmScript = new(RedisStore.State, """
        own(KEYS[1], 'hash')
        if redis.call('HSTRLEN', KEYS[1], 'bytes') == tonumber(ARGV[1]) then
          redis.call('HSET', KEYS[1], 'at', ARGV[2], 'mac', ARGV[4])
          redis.call('PEXPIRE', KEYS[1], ARGV[3])
          answer = { '1' }
        else
          answer = { '0' }
        end
        """);

    // KEYS: state. ARGV: the most bytes that are wanted. Returns the bytes, when they were current, Redis' time and the signature
    // (empty: none); nothing where there are none.
    private static readonly RedisScript LoadScript = new(RedisStore.State, """
        own(KEYS[1], 'hash')
        local bytes, at = field(KEYS[1], 'bytes', tonumber(ARGV[1])), field(KEYS[1], 'at', 16)
        if bytes and at then
          answer = { bytes, at, ms(now), field(KEYS[1], 'mac', 64) or '' }
        elseif bytes ~= false or at ~= false then
          dropped = dropped + 1
        end
        """);

    private readonly RedisKey[] _keys = [redis.Keys.State(layout.Fingerprint)];
    private readonly SavedRegistryLimits _limits = SavedRegistryLimits.For(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    private int _length;
    private byte[] _digest = [];

    /// <summary>The last one that was loaded was not signed by this installation's secret, and was not read.</summary>
    public bool WasUnsigned { get; private set; }

    /// <summary>Whether <paramref name="writer"/> is the only one that may save, for that long from now on.</summary>
    public async Task<bool> ClaimAsync(string writer, TimeSpan span)
    {
        var answer = await redis.TryScriptAsync(
            ClaimScript, [redis.Keys.StateWriter], [writer, (long)span.TotalMilliseconds, (long)LongestClaim.TotalMilliseconds]);
        return IsYes(answer);
    }

    public async Task<SaveOutcome> SaveAsync(SavedRegistry saved)
    {
        if (SavedRegistryBytes.Write(saved, _limits) is not { } bytes)
            return SaveOutcome.TooLarge;
        (_length, _digest) = (bytes.Length, SHA256.HashData(bytes));
        var answer = await redis.TryBulkScriptAsync(SaveScript, _keys, [bytes, Milliseconds(saved.At), Keep, Sign(_digest, Milliseconds(saved.At))]);
        return answer.HasValue ? SaveOutcome.Saved : SaveOutcome.Unanswered;
    }

    /// <summary>Marks the stored bytes as still current. False: other bytes are stored, or Redis is unavailable.</summary>
    public async Task<bool> ConfirmAsync(DateTimeOffset at) =>
        _length > 0 && IsYes(await redis.TryScriptAsync(ConfirmScript, _keys, [_length, Milliseconds(at), Keep, Sign(_digest, Milliseconds(at))]));

    /// <summary>Null: there is none that can be read. Without a value Redis did not answer.</summary>
    public async Task<RedisAnswer<SavedRegistry?>> LoadAsync()
    {
        var answer = await redis.TryBulkScriptAsync(LoadScript, _keys, [_limits.PackedBytes]);
        if (!answer.TryGet(out var rows))
            return default;
        if (rows.Length == 0)
            return new RedisAnswer<SavedRegistry?>(null);
        SavedRegistry? saved = null;
        var skipped = 0;
        if (rows.Length == 4 && RedisInput.TryTime(rows[1], time.GetUtcNow() + Skew, out var at)
            && RedisInput.TryTime(rows[2], RedisInput.EndOfTime, out var now))
        {
            var bytes = (byte[]?)rows[0] ?? [];
            WasUnsigned = secret.Length > 0 && !IsSigned(bytes, Milliseconds(at), rows[3]);
            if (WasUnsigned)
                return new RedisAnswer<SavedRegistry?>(null);

            // A clock that is ahead would make it younger than it is.
            saved = SavedRegistryBytes.Read(bytes, _limits, out skipped) is { } read ? read with { At = at < now ? at : now } : null;
        }

        redis.Unreadable.Skip(RedisStore.State, saved is null ? 1 : skipped);
        return new RedisAnswer<SavedRegistry?>(saved);
    }

    private RedisValue Keep => (long)(options.RestoreMaxAge + TimeSpan.FromHours(1)).TotalMilliseconds;

    private static bool IsYes(RedisAnswer<RedisValue[]> answer) => answer.TryGet(out var rows) && rows is [var first] && first == "1";

    /// <summary>Hex digits; empty without a secret. What was saved for other namespaces or under another prefix has another signature.</summary>
    private string Sign(byte[] digest, string at)
    {
        if (secret.Length == 0)
            return "";
        var text = string.Create(
            CultureInfo.InvariantCulture, $"saved state\n{redis.Keys.Prefix}\n{layout.Fingerprint:x4}\n{at}\n{Convert.ToHexStringLower(digest)}\n");
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
    }

    private bool IsSigned(byte[] bytes, string at, RedisValue signature) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(SHA256.HashData(bytes), at)), (byte[]?)signature ?? []);

    private static string Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}

/// <summary>The result of saving a registry.</summary>
public enum SaveOutcome
{
    Saved,

    /// <summary>No replica of this size would read it; see <c>SavedRegistryLimits</c>.</summary>
    TooLarge,

    /// <summary>Redis did not answer.</summary>
    Unanswered,
}
