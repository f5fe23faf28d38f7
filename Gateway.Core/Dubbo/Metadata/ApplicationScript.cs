using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// One exchange of what applications said, as one step in Redis: what is put, dropped and renewed, and what changed since the turn that was seen.
/// </summary>
internal static class ApplicationScript
{
    /// <summary>One MetadataInfo is at most a megabyte (<see cref="ApplicationOptions"/>).</summary>
    public const int MaxDocumentBytes = 1024 * 1024;

    /// <summary>An answer ends after this many bytes; the rest follows in the next.</summary>
    public const int MaxAnswerBytes = 16 * 1024 * 1024;

    /// <summary>2^52: the highest turn that is accepted, <c>most</c> below.</summary>
    public const long MaxTurn = 1L << 52;

    // KEYS: documents, deadlines, turns, turn. ARGV: how long unrenewed facts are kept, the last turn that was seen, the longest fact and document
    // in bytes, the bytes that end an answer, how many are put, how many are dropped, then (fact, document, SharedPut) for each put, then the facts to
    // drop, then those to renew. A document that may not take the place of the one that is there is not stored; the one that is there is answered. Times in milliseconds of Redis' clock. Answers the turn up to which changes follow, how many renewed facts are missing,
    // whether there are more changes, the missing, then (fact, document) of what stayed and of the changes. Where the turns contradict each other all is removed, as if
    // Redis had restarted empty: replicas where a registration names a fact send it again.
    public static readonly RedisScript Script = new(RedisStore.Applications, """
        own(KEYS[1], 'hash')
        own(KEYS[2], 'zset')
        own(KEYS[3], 'zset')
        own(KEYS[4], 'string')
        local most = 4503599627370496
        local seen, key_bytes, document_bytes = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        local puts, drops = tonumber(ARGV[6]), tonumber(ARGV[7])
        local found = text(KEYS[4], 16)
        local last = number(found == false and '0' or found, 0, most)
        local top = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES')
        if dropped > 0 or not last or (top[2] and not (tonumber(top[2]) <= last)) then
          redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
          dropped = dropped + 1
          last = 0
        end
        if last < seen then seen = 0 end
        local function remove(fact)
          redis.call('HDEL', KEYS[1], fact)
          redis.call('ZREM', KEYS[2], fact)
          redis.call('ZREM', KEYS[3], fact)
        end
        local till = ms(now + tonumber(ARGV[1]))
        local at = 8
        local function said(document)
          local ends = string.find(string.sub(document, 1, 64), '\n', 1, true)
          if ends and ends > 1 and not string.find(string.sub(document, 1, ends - 1), '[^%w-]') then return string.sub(document, ends + 1) end
          return document
        end
        local stayed = {}
        for i = 1, puts do
          local found = field(KEYS[1], ARGV[at], document_bytes)
          local differs = found ~= ARGV[at + 1]
          if found and differs and (ARGV[at + 2] == '0' or (ARGV[at + 2] == '1' and said(found) ~= said(ARGV[at + 1]))) then
            stayed[#stayed + 1] = ARGV[at]
            stayed[#stayed + 1] = found
          elseif differs then
            last = redis.call('INCR', KEYS[4])
            redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
            redis.call('ZADD', KEYS[3], ms(last), ARGV[at])
          end
          redis.call('ZADD', KEYS[2], till, ARGV[at])
          at = at + 3
        end
        for i = 1, drops do
          local turn = redis.call('ZSCORE', KEYS[3], ARGV[at])
          if turn and tonumber(turn) <= seen then remove(ARGV[at]) end
          at = at + 1
        end
        local missing = {}
        while at <= #ARGV do
          if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1 then
            redis.call('ZADD', KEYS[2], till, ARGV[at])
          else
            missing[#missing + 1] = ARGV[at]
          end
          at = at + 1
        end
        for _, fact in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ms(now), 'LIMIT', 0, 1000)) do remove(fact) end
        for _, fact in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], ms(now + 2 * 86400000), '+inf', 'LIMIT', 0, 1000)) do
          remove(fact)
          dropped = dropped + 1
        end
        local changes = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. ms(seen), ms(last), 'WITHSCORES', 'LIMIT', 0, 64)
        local upto, size, more = last, 0, #changes == 128
        answer = { '0', tostring(#missing), '0' }
        for _, fact in ipairs(missing) do answer[#answer + 1] = fact end
        for _, one in ipairs(stayed) do answer[#answer + 1] = one end
        for i = 1, #changes, 2 do
          local fact = changes[i]
          local document = #fact <= key_bytes and redis.call('ZSCORE', KEYS[2], fact) and field(KEYS[1], fact, document_bytes)
          if document then
            answer[#answer + 1] = fact
            answer[#answer + 1] = document
            size = size + #document
          else
            remove(fact)
            dropped = dropped + 1
          end
          if size > tonumber(ARGV[5]) or (more and i == #changes - 1) then
            upto, more = math.floor(tonumber(changes[i + 1])), true
            break
          end
        end
        if upto <= seen then upto = math.min(seen + 1, last) end
        answer[1] = ms(upto)
        if more and upto < last then answer[3] = '1' end
        for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ms(2 * tonumber(ARGV[1]))) end
        """);

    public static RedisKey[] KeysOf(RedisKeys keys) => [keys.ApplicationFacts, keys.ApplicationDeadlines, keys.ApplicationTurns, keys.ApplicationTurn];
}
