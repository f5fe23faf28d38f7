using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Tests.Hostile;

/// <summary>Renders every message as the console of production does, and keeps nothing but the longest line, the failures and the counts.</summary>
internal sealed class LogMeter : ILoggerProvider, ISupportExternalScope
{
    private readonly Lock _gate = new();
    private readonly List<string> _failures = [];
    private IExternalScopeProvider? _scopes;
    private volatile ConsoleFormatter? _formatter;

    public int Lines { get; private set; }

    public int LongestBytes { get; private set; }

    public string Longest { get; private set; } = "";

    /// <summary>Lines of level Error and above; a hundred at most.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (_gate)
                return [.. _failures];
        }
    }

    /// <summary>From now on; the formatter comes from the gateway itself.</summary>
    public void Measure(GatewayUnderTest gateway, string formatter = "json") =>
        _formatter = gateway.Services.GetServices<ConsoleFormatter>().Single(one => one.Name == formatter);

    public ILogger CreateLogger(string categoryName) => new Page(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    private void Keep<TState>(in LogEntry<TState> entry)
    {
        if (_formatter is not { } formatter)
            return;
        using var writer = new StringWriter();
        formatter.Write(entry, _scopes, writer);
        var line = writer.ToString();
        var bytes = Encoding.UTF8.GetByteCount(line);
        lock (_gate)
        {
            Lines++;
            if (bytes > LongestBytes)
                (LongestBytes, Longest) = (bytes, line);
            if (entry.LogLevel >= LogLevel.Error && _failures.Count < 100)
                _failures.Add(line);
        }
    }

    private sealed class Page(LogMeter meter, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => meter._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            meter.Keep(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
    }
}
