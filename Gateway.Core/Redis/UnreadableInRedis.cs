using Gateway.Core.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Redis;

/// <summary>
/// Counts values in Redis, or from its channels, that no gateway can have written; they are skipped. Logs them at most once a minute for each
/// store. Any thread writes.
/// </summary>
public sealed partial class UnreadableInRedis
{
    private static readonly string[] Names = [.. Enum.GetNames<RedisStore>().Select(static name => name.ToLowerInvariant())];

    private readonly GatewayMetrics _metrics;
    private readonly ILogger _logger;
    private readonly LogPace _pace;
    private readonly long[] _unreported = new long[Names.Length];

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
        Interlocked.Add(ref _unreported[place], items);
        if (_pace.Allows(Names[place], out _))
            Skipped(_logger, Names[place], Interlocked.Exchange(ref _unreported[place], 0));
    }

    [LoggerMessage(2103, LogLevel.Warning,
        "Values in Redis for {Store} cannot be read: {Items} items skipped since the last such message; everything else is served. No gateway of this version writes such values")]
    private static partial void Skipped(ILogger logger, string store, long items);
}

/// <summary>What is stored in Redis or sent through it, as named by the tag <c>store</c> of metrics and by logs.</summary>
public enum RedisStore
{
    Leases,
    Posts,
    Applications,
    Histories,
    State,
    Replicas,
    Drains,
    Consumers,
}
