using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Timing;
using StackExchange.Redis;

namespace Gateway.Core.Consumers;

/// <summary>
/// What each replica knows of consumers, in Redis, where it survives the replica. <see cref="ConsumerDirectory"/> publishes; the exchange sends, and asks for
/// nothing: who wants an answer reads the records of other replicas then. Streams count only while their replica lives.
/// </summary>
public sealed class SharedConsumers(RedisConnection redis, ReplicaRoster roster, TimeProvider time) : IExchanged
{
    /// <summary>More than a replica remembers by default; the oldest are dropped.</summary>
    internal const int MaxWaiting = 50_000;

    private const int BatchSize = 250;

    // Other parts wait for the end of an exchange; the next one goes on.
    private const int MaxCalls = 20;

    // Of one key: all that three replicas have by default would be 4,000.
    private const int MostFields = 20_000;

    private const int LongestField = 1_024;
    private const int LongestValue = 512;
    private const int LongestFacade = 32;
    private const string None = "-";
    private const string PodMark = "pod ";
    private const string AddressMark = "address ";

    // A value is the time at which the consumer was last seen, in milliseconds of Redis' clock, and what else is known of it.
    private const string Seen = """
        local keep = tonumber(ARGV[1])
        local function seen(value) return value and number(string.match(value, '^(%d+) '), 0, now + 3600000) end

        """;

    // KEYS: hashes. ARGV: how long a record is kept, how many of a hash, the longest value, then (which key, field, how long ago it was seen, the rest) for
    // each. A hash that is full loses what is too old, then the tenth that was seen longest ago. Answers how many were dropped for room.
    private static readonly RedisScript WriteScript = new(RedisStore.Consumers, Seen + """
        local most, longest, cleared, left = tonumber(ARGV[2]), tonumber(ARGV[3]), {}, 0
        for _, key in ipairs(KEYS) do own(key, 'hash') end
        local function clear(key)
          cleared[key] = true
          local found = {}
          for _, name in ipairs(redis.call('HKEYS', key)) do
            local at = seen(field(key, name, longest))
            if at and at >= now - keep then
              found[#found + 1] = { at, name }
            else
              redis.call('HDEL', key, name)
            end
          end
          table.sort(found, function(one, other) return one[1] < other[1] end)
          for i = 1, #found - math.floor(most * 9 / 10) do
            redis.call('HDEL', key, found[i][2])
            left = left + 1
          end
        end
        for i = 4, #ARGV, 4 do
          local key = KEYS[tonumber(ARGV[i])]
          local function has_room() return redis.call('HLEN', key) < most or redis.call('HEXISTS', key, ARGV[i + 1]) == 1 end
          if not has_room() and not cleared[key] then clear(key) end
          if has_room() then
            redis.call('HSET', key, ARGV[i + 1], ms(now - tonumber(ARGV[i + 2])) .. ' ' .. ARGV[i + 3])
          else
            left = left + 1
          end
        end
        for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ms(keep + 3600000)) end
        answer[1] = ms(left)
        """);

    // KEYS: hashes. ARGV: as above, then for each key the text that its fields have. Answers (field, how long ago it was seen, the rest) for each.
    private static readonly RedisScript ReadScript = new(RedisStore.Consumers, Seen + """
        local most, longest = tonumber(ARGV[2]), tonumber(ARGV[3])
        for i, key in ipairs(KEYS) do
          own(key, 'hash')
          local count = redis.call('HLEN', key)
          if count > 2 * most then
            redis.call('UNLINK', key)
            dropped = dropped + count
          else
            for _, name in ipairs(redis.call('HKEYS', key)) do
              if string.find(name, ARGV[i + 3], 1, true) then
                local value = field(key, name, longest)
                local at = seen(value)
                if at and at >= now - keep then
                  answer[#answer + 1] = name
                  answer[#answer + 1] = ms(math.max(0, now - at))
                  answer[#answer + 1] = string.match(value, '^%d+ (.*)$') or ''
                else
                  redis.call('HDEL', key, name)
                  if not at then dropped = dropped + 1 end
                end
              end
            end
          end
        end
        """);

    private static readonly long Keep = (long)ConsumerDirectory.KeepFor.TotalMilliseconds;

    private readonly Unsent<ConsumerKey, ConsumerRecord> _unsent = new(RedisStore.Consumers, MaxWaiting, redis.Metrics, static (_, newer) => newer);
    private int _mustResend;

    public Action? Wake { get; set; }

    public void ReadAllAgain() => Volatile.Write(ref _mustResend, 1);

    public Task LeaveAsync() => ExchangeAsync();

    public async Task ExchangeAsync()
    {
        for (var call = 0; call < MaxCalls; call++)
        {
            var batch = redis.IsAvailable ? _unsent.Take(BatchSize) : [];
            if (batch.Count == 0)
                return;
            var isDone = false;
            try
            {
                var (keys, arguments) = Written(batch);
                var answer = await redis.TryScriptAsync(WriteScript, keys, arguments);
                if (!answer.TryGet(out var rows))
                    return;
                isDone = true;
                if (rows is [var left] && RedisInput.TryNumber(left, 0, int.MaxValue, out var dropped))
                    redis.Metrics.ConsumersDropped.Add(dropped);
                else
                    redis.Unreadable.Skip(RedisStore.Consumers);
            }
            finally
            {
                if (!isDone)
                    _unsent.Return(batch);
            }
        }

        Wake?.Invoke();
    }

    internal void Publish(List<ConsumerRecord> records)
    {
        foreach (var record in records)
            _unsent.Add(record.Key, record);
        if (records.Count > 0)
            Wake?.Invoke();
    }

    /// <summary>Redis was away, and may have come back empty.</summary>
    internal bool TakeResend() => Interlocked.Exchange(ref _mustResend, 0) == 1;

    /// <summary>What other replicas know of the consumers of these services; nothing while Redis is away.</summary>
    internal Task<List<ConsumerRecord>> ReadAsync(IReadOnlyList<ServiceKey> services) => ReadAsync(
        [.. services.Select(static service => (service.ToString(), $"\n{service}\n"))], redis.Keys.ConsumersOf, key => services.Contains(key.Service));

    /// <summary>What other replicas know of what a pod consumes.</summary>
    internal Task<List<ConsumerRecord>> ReadAsync(string ns, string pod) => ReadAsync(
        [($"{ns}/{pod}", $"\n{PodMark}{ns}/{pod}\n")], redis.Keys.ConsumersBy, key => key.Namespace == ns && key.Pod == pod);

    private async Task<List<ConsumerRecord>> ReadAsync(IReadOnlyList<(string Name, string Needle)> wanted, IReadOnlyList<RedisKey> places, Func<ConsumerKey, bool> isWanted)
    {
        List<ConsumerRecord> records = [];
        if (!redis.IsAvailable)
            return records;
        var answer = await redis.TryScriptAsync(
            ReadScript, [.. wanted.Select(one => places[PlaceOf(one.Name, places)])], [Keep, MostFields, LongestValue, .. wanted.Select(static one => (RedisValue)one.Needle)]);
        if (!answer.TryGet(out var rows))
            return records;
        var (now, living, skipped) = (time.GetSteadyNow(), roster.Latest?.Names ?? [], 0);
        for (var i = 0; i + 2 < rows.Length; i += 3)
        {
            if (!TryRead(rows[i], rows[i + 1], rows[i + 2], now, out var record, out var replica) || !isWanted(record.Key))
                skipped++;
            else if (replica != roster.Self)
                records.Add(living.Contains(replica) ? record : record with { Streams = 0 });
        }

        redis.Unreadable.Skip(RedisStore.Consumers, skipped);
        return records;
    }

    private (RedisKey[] Keys, RedisValue[] Arguments) Written(List<(ConsumerKey Key, ConsumerRecord Value)> batch)
    {
        List<RedisKey> keys = [];
        List<RedisValue> arguments = [Keep, MostFields, LongestValue];
        var now = time.GetSteadyNow();
        foreach (var (key, record) in batch)
        {
            var field = $"{key.Facade ?? None}\n{key.Service}\n{(key.HasPod ? $"{PodMark}{key.Namespace}/{key.Pod}" : AddressMark + key.Address)}\n{roster.Self}";
            var age = Math.Clamp((long)(now - record.LastSeen).TotalMilliseconds, 0, Keep);
            var rest = string.Create(
                CultureInfo.InvariantCulture, $"{record.Lookups} {record.Streams} {(record.IsProved ? 1 : 0)} {record.Workload ?? None} {record.Address ?? None}");
            Add(redis.Keys.ConsumersOf, key.Service.ToString());
            if (key.HasPod)
                Add(redis.Keys.ConsumersBy, $"{key.Namespace}/{key.Pod}");

            void Add(IReadOnlyList<RedisKey> places, string name)
            {
                var place = places[PlaceOf(name, places)];
                var index = keys.IndexOf(place);
                if (index < 0)
                {
                    index = keys.Count;
                    keys.Add(place);
                }

                arguments.AddRange([index + 1, field, age, rest]);
            }
        }

        return ([.. keys], [.. arguments]);
    }

    // The same on every replica.
    private static int PlaceOf(string name, IReadOnlyList<RedisKey> places) => SHA256.HashData(Encoding.UTF8.GetBytes(name))[0] % places.Count;

    private static bool TryRead(
        RedisValue field, RedisValue age, RedisValue rest, DateTimeOffset now, out ConsumerRecord record, out string replica)
    {
        (record, replica) = (null!, "");
        if (!RedisInput.TryText(field, LongestField, out var name) || name.Split('\n') is not [var facade, var service, var consumer, var from]
            || !RedisInput.TryNumber(age, 0, Keep, out var milliseconds) || !RedisInput.TryText(rest, LongestValue, out var text)
            || text.Split(' ') is not [var lookups, var streams, var proved, var workload, var address]
            || !ReplicaRoster.IsName(from) || !TryReadService(service, out var key) || !TryReadConsumer(consumer, out var ns, out var pod, out var of)
            || !IsFacade(facade) || !IsWorkload(workload) || !IsAddress(address) || proved is not ("0" or "1")
            || !RedisInput.TryNumber(lookups, 0, long.MaxValue / 2, out var count) || !RedisInput.TryNumber(streams, 0, 1_000_000, out var open))
            return false;
        replica = from;
        record = new ConsumerRecord(
            new ConsumerKey(key, facade == None ? null : facade, ns, pod, of), pod.Length == 0 || workload == None ? null : workload, address == None ? null : address,
            proved == "1", count, (int)open, now - TimeSpan.FromMilliseconds(milliseconds));
        return true;
    }

    private static bool TryReadService(string text, out ServiceKey service)
    {
        service = text.Split('/') is [var ns, var name] ? new ServiceKey(ns, name) : default;
        return service.Name is not null && ObjectNames.IsLabel(service.Namespace) && (service.Name == ConsumerKey.Everything || RegistrationRules.IsName(service.Name));
    }

    private static bool TryReadConsumer(string text, out string ns, out string pod, out string address)
    {
        (ns, pod, address) = ("", "", "");
        if (text.StartsWith(AddressMark, StringComparison.Ordinal))
        {
            address = text[AddressMark.Length..];
            return address.Length == 0 || IsAddress(address);
        }

        if (!text.StartsWith(PodMark, StringComparison.Ordinal) || text[PodMark.Length..].Split('/') is not [var its, var name])
            return false;
        (ns, pod) = (its, name);
        return ObjectNames.IsLabel(ns) && ObjectNames.IsSubdomain(pod);
    }

    private static bool IsFacade(string text) => text == None || (text.Length <= LongestFacade && ObjectNames.IsLabel(text));

    private static bool IsWorkload(string text) => text == None || ObjectNames.IsSubdomain(text);

    private static bool IsAddress(string text) => text == None || IPAddress.TryParse(text, out _);
}
