namespace Gateway.Core.Redis;

/// <summary>
/// A script that runs as one step in Redis, and does not fail whatever values the keys hold. Its body appends to <c>answer</c> and may use what the
/// prelude defines: <c>now</c> (milliseconds of Redis' clock), <c>own</c>, <c>number</c>, <c>text</c>, <c>field</c>, <c>ms</c>, <c>is_hex</c>. Values
/// that no gateway can have written are removed, and counted in <c>dropped</c>.
/// </summary>
public sealed class RedisScript(RedisStore store, string body)
{
    // own: a key of another type than ours is removed, since every later command on it would fail.
    // number: whole numbers as Redis itself writes them, below 2^53; nil for everything else.
    // text, field: nil where the value is longer than anything we write; it is not even loaded. False where there is none.
    private const string Prelude = """
        local answer, dropped = {}, 0
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        local function own(key, kind)
          local found = redis.call('TYPE', key)['ok']
          if found ~= kind and found ~= 'none' then
            redis.call('UNLINK', key)
            dropped = dropped + 1
          end
        end
        local function number(text, low, high)
          if not text or #text > 16 or not (text == '0' or string.match(text, '^[1-9]%d*$')) then return nil end
          local value = tonumber(text)
          if value >= low and value <= high then return value end
          return nil
        end
        local function text(key, longest)
          if redis.call('STRLEN', key) > longest then return nil end
          return redis.call('GET', key)
        end
        local function field(key, name, longest)
          if redis.call('HSTRLEN', key, name) > longest then return nil end
          return redis.call('HGET', key, name)
        end
        local function ms(time) return string.format('%.0f', time) end
        local function is_hex(name, length) return #name == length and not string.find(name, '[^0-9a-f]') end

        """;

    private const string Postlude = """

        table.insert(answer, 1, string.format('%.0f', dropped))
        return answer
        """;

    public RedisStore Store { get; } = store;

    public string Text { get; } = Prelude + body + Postlude;
}
