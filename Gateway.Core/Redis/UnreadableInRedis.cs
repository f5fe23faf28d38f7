using Gateway.Core.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Redis;

/// <summary>
/// Counts what stands in Redis, or comes over its channels, and is nothing that a gateway can have written: it is skipped. Says so in the log
/// once a minute at most for each store. Any thread writes.
/// </summary>
public sealed partial class UnreadableInRedis
{
    private static readonly string[] Names = [.. Enum.GetNames<RedisStore>().Select(static name => name.ToLowerInvariant())];

    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly LogPace _pace;
    private readonly long[] _unsaid = new long[Names.Length];

    public UnreadableInRedis(GatewayMetrics metrics, ILogger logger, TimeProvider time)
    {
        (_metrics, _logger, _pace) = (metrics, logger, new LogPace(time));
    }

    public void Skip(RedisStore store, long items = 1)
    {
        if (items <= 0)
            return;
        var place = (int)store;
        _metrics.RedisUnreadable.Add(items, new KeyValuePair<string, object?>("store", Names[place]));
        Interlocked.Add(ref _unsaid[place], items);
        if (_pace.Allows(Names[place], out _))
            Skipped(_logger, Names[place], Interlocked.Exchange(ref _unsaid[place], 0));
    }

    [LoggerMessage(2103, LogLevel.Warning,
        "What stands in Redis for {Store} cannot be read: {Items} items skipped since the last such message; everything else is served. No gateway of this version writes such values")]
    private static partial void Skipped(ILogger logger, string store, long items);
}

/// <summary>What is kept in Redis or said over it, as the tag <c>store</c> of metrics and as logs name it.</summary>
public enum RedisStore
{
    Leases,
    Posts,
    Applications,
    Histories,
    State,
    Replicas,
    Drains,
}
