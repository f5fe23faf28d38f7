using System.Collections.Concurrent;
using Gateway.Core.Diagnostics;
using Gateway.Core.Identity;

namespace Gateway.Api.Facades;

/// <summary>
/// Counts who still uses which protocol, and what of it is not served. Whatever callers send, the number of series, of log lines and of remembered callers
/// is bounded. Written by every call of a facade, on any thread.
/// </summary>
internal sealed partial class FacadeMetrics
{
    private const int MaxPaths = 200;
    private const int MaxCallers = 10_000;
    private static readonly TimeSpan Soon = TimeSpan.FromHours(1);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(10);

    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ClientFamilies _clients = new();
    private readonly ConcurrentDictionary<(string Facade, string Method, string Path), bool> _paths = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new(StringComparer.Ordinal);
    private long _sweptAt;

    public FacadeMetrics(GatewayMetrics metrics, TimeProvider time, ILogger<FacadeMetrics> logger)
    {
        (_metrics, _time, _logger) = (metrics, time, logger);
        metrics.ObserveFacadeTokens(CountExpiring);
    }

    public void Called(HttpContext context, string facade, string operation) =>
        _metrics.FacadeCalls.Add(1, new("facade", facade), new("operation", operation), new("client", _clients.Of(context.Request.Headers)));

    public void Unknown(HttpContext context, string facade)
    {
        _metrics.FacadeUnknownPaths.Add(1, new KeyValuePair<string, object?>("facade", facade));
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        if (_paths.Count < MaxPaths && _paths.TryAdd((facade, method, path), true))
            UnknownPath(_logger, facade, LogText.Escaped(method), LogText.Escaped(path), LogText.Escaped(context.Request.Headers.UserAgent.ToString()));
    }

    public void AddressReplaced(string facade) => _metrics.FacadeAddressesReplaced.Add(1, new KeyValuePair<string, object?>("facade", facade));

    /// <summary>The caller's token was accepted; the latest one of a caller counts.</summary>
    public void NoteToken(CallerIdentity caller, DateTimeOffset expires)
    {
        var isKnown = _tokens.TryGetValue(caller.FairnessKey, out var noted);
        if (isKnown && noted == expires)
            return;
        if (isKnown || _tokens.Count < MaxCallers)
            _tokens[caller.FairnessKey] = expires;
        else
            SweepNowAndThen();
    }

    private int CountExpiring()
    {
        Sweep();
        var soon = _time.GetUtcNow() + Soon;
        return _tokens.Count(one => one.Value <= soon);
    }

    // It visits all, so at the limit not every call does.
    private void SweepNowAndThen()
    {
        var (now, last) = (_time.GetTimestamp(), Interlocked.Read(ref _sweptAt));
        if (_time.GetElapsedTime(last, now) >= SweepPeriod && Interlocked.CompareExchange(ref _sweptAt, now, last) == last)
            Sweep();
    }

    private void Sweep()
    {
        var now = _time.GetUtcNow();
        foreach (var (caller, expires) in _tokens)
        {
            if (expires <= now)
                _tokens.TryRemove(caller, out _);
        }
    }

    [LoggerMessage(1930, LogLevel.Information,
        "The {Facade} facade does not serve {Method} {Path}; client: {Client}. Logged once a path, the first 200 paths.")]
    private static partial void UnknownPath(ILogger logger, string facade, string method, string path, string client);
}
