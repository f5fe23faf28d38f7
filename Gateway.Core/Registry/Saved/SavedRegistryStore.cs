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

    // KEYS: a key of the writer's own, beside the state. ARGV: the name of the part, its bytes, how long a save may take.
    private static readonly RedisScript PartScript = new(RedisStore.State, """
        own(KEYS[1], 'hash')
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        """);

    // KEYS: state, the writer's key. ARGV: the last part, when the bytes were current, how long they are kept, the signature of both, the save, the
    // number of parts. With the last part the whole takes the place of the former state.
    private static readonly RedisScript SaveScript = new(RedisStore.State, """
        own(KEYS[2], 'hash')
        local last = tonumber(ARGV[6]) - 1
        redis.call('HSET', KEYS[2], last == 0 and 'bytes' or 'bytes:' .. last, ARGV[1], 'at', ARGV[2], 'mac', ARGV[4], 'save', ARGV[5], 'parts', ARGV[6])
        redis.call('PEXPIRE', KEYS[2], ARGV[3])
        redis.call('UNLINK', KEYS[1])
        redis.call('RENAME', KEYS[2], KEYS[1])
        """);

    // KEYS: state. ARGV: the length of the saved bytes, when they were current, how long they are kept, the signature of both, the number of parts.
    // Returns whether bytes of that length are still stored.
    private static readonly RedisScript ConfirmScript = new(RedisStore.State, """
        own(KEYS[1], 'hash')
        local length = redis.call('HSTRLEN', KEYS[1], 'bytes')
        for part = 1, tonumber(ARGV[5]) - 1 do length = length + redis.call('HSTRLEN', KEYS[1], 'bytes:' .. part) end
        if length == tonumber(ARGV[1]) then
          redis.call('HSET', KEYS[1], 'at', ARGV[2], 'mac', ARGV[4])
          redis.call('PEXPIRE', KEYS[1], ARGV[3])
          answer = { '1' }
        else
          answer = { '0' }
        end
        """);

    // KEYS: state. ARGV: the most bytes that are wanted. Returns the first part, when the bytes were current, Redis' time, the signature
    // (empty: none), the save and the number of parts; nothing where there are none.
    private static readonly RedisScript LoadScript = new(RedisStore.State, """
        own(KEYS[1], 'hash')
        local bytes, at = field(KEYS[1], 'bytes', tonumber(ARGV[1])), field(KEYS[1], 'at', 16)
        if bytes and at then
          answer = { bytes, at, ms(now), field(KEYS[1], 'mac', 64) or '', field(KEYS[1], 'save', 32) or '', field(KEYS[1], 'parts', 6) or '1' }
        elseif bytes ~= false or at ~= false then
          dropped = dropped + 1
        end
        """);

    // KEYS: state. ARGV: the name of the part, the most bytes that are wanted, the save. Returns the part; nothing where another was saved meanwhile.
    private static readonly RedisScript LoadPartScript = new(RedisStore.State, """
        own(KEYS[1], 'hash')
        local bytes = field(KEYS[1], ARGV[1], tonumber(ARGV[2]))
        if bytes and field(KEYS[1], 'save', 32) == ARGV[3] then answer = { bytes } end
        """);

    // Redis answers no other call while it takes a value in.
    private const int PartBytes = 1024 * 1024;
    private static readonly TimeSpan LongestSave = TimeSpan.FromMinutes(10);

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
        var save = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var writing = _keys[0].Append(":" + save);
        var last = Parts - 1;
        for (var part = 0; part < last; part++)
        {
            var written = await redis.TryBulkScriptAsync(
                PartScript, [writing], [NameOf(part), bytes.AsMemory(part * PartBytes, PartBytes), (long)LongestSave.TotalMilliseconds]);
            if (!written.HasValue)
                return SaveOutcome.Unanswered;
        }

        var answer = await redis.TryBulkScriptAsync(SaveScript, [_keys[0], writing],
            [bytes.AsMemory(last * PartBytes), Milliseconds(saved.At), Keep, Sign(_digest, Milliseconds(saved.At)), save, Parts]);
        return answer.HasValue ? SaveOutcome.Saved : SaveOutcome.Unanswered;
    }

    private int Parts => Math.Max(1, (_length + PartBytes - 1) / PartBytes);

    private static string NameOf(int part) => part == 0 ? "bytes" : string.Create(CultureInfo.InvariantCulture, $"bytes:{part}");

    /// <summary>Marks the stored bytes as still current. False: other bytes are stored, or Redis is unavailable.</summary>
    public async Task<bool> ConfirmAsync(DateTimeOffset at) =>
        _length > 0 && IsYes(await redis.TryScriptAsync(ConfirmScript, _keys, [_length, Milliseconds(at), Keep, Sign(_digest, Milliseconds(at)), Parts]));

    /// <summary>Null: there is none that can be read. Without a value Redis did not answer.</summary>
    public Task<RedisAnswer<SavedRegistry?>> LoadAsync() => LoadAsync(tries: 3);

    private async Task<RedisAnswer<SavedRegistry?>> LoadAsync(int tries)
    {
        var answer = await redis.TryBulkScriptAsync(LoadScript, _keys, [_limits.PackedBytes]);
        if (!answer.TryGet(out var rows))
            return default;
        if (rows.Length == 0)
            return new RedisAnswer<SavedRegistry?>(null);
        SavedRegistry? saved = null;
        var skipped = 0;
        if (rows.Length == 6 && RedisInput.TryTime(rows[1], time.GetUtcNow() + Skew, out var at)
            && RedisInput.TryTime(rows[2], RedisInput.EndOfTime, out var now)
            && RedisInput.TryNumber(rows[5], 1, (_limits.PackedBytes / PartBytes) + 1, out var parts))
        {
            var joined = await JoinAsync((byte[]?)rows[0] ?? [], rows[4], parts);
            if (!joined.TryGet(out var bytes))
                return default;
            if (bytes.Length == 0 && tries > 1)
                return await LoadAsync(tries - 1);
            WasUnsigned = secret.Length > 0 && !IsSigned(bytes, Milliseconds(at), rows[3]);
            if (WasUnsigned)
                return new RedisAnswer<SavedRegistry?>(null);

            // A clock that is ahead would make it younger than it is.
            saved = SavedRegistryBytes.Read(bytes, _limits, out skipped) is { } read ? read with { At = at < now ? at : now } : null;
        }

        redis.Unreadable.Skip(RedisStore.State, saved is null ? 1 : skipped);
        return new RedisAnswer<SavedRegistry?>(saved);
    }

    /// <summary>The bytes of all parts; empty where another state was saved meanwhile, or a part is missing. Without a value Redis did not answer.</summary>
    private async Task<RedisAnswer<byte[]>> JoinAsync(byte[] first, RedisValue save, long parts)
    {
        if (parts == 1)
            return new RedisAnswer<byte[]>(first);
        var bytes = new MemoryStream();
        bytes.Write(first);
        for (var part = 1; part < parts; part++)
        {
            var answer = await redis.TryBulkScriptAsync(LoadPartScript, _keys, [NameOf(part), _limits.PackedBytes - bytes.Length, save]);
            if (!answer.TryGet(out var rows))
                return default;
            if (rows is not [var row])
                return new RedisAnswer<byte[]>([]);
            bytes.Write((byte[]?)row ?? []);
        }

        return new RedisAnswer<byte[]>(bytes.ToArray());
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
