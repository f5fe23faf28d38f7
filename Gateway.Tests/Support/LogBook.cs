using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Support;

/// <summary>Hears everything that is logged, on any thread, and tells when a message comes.</summary>
internal class LogBook : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();

    public IReadOnlyCollection<LogLine> Lines => _lines;

    /// <summary>Forgets what was logged so far.</summary>
    public void Clear() => _lines.Clear();

    public IReadOnlyList<int> Ids => [.. _lines.Select(static line => line.Id)];

    /// <summary>The first line of that event id; waits for it.</summary>
    public async Task<LogLine> WaitForAsync(int id)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
                changed = _changed.Task;
            if (_lines.FirstOrDefault(line => line.Id == id) is { } found)
                return found;
            await changed.Within();
        }
    }

    public ILogger CreateLogger(string categoryName) => new Page(this, categoryName);

    protected void Keep<TState>(string category, LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var members = (state as IEnumerable<KeyValuePair<string, object?>> ?? []).ToDictionary(static member => member.Key, static member => $"{member.Value}");
        _lines.Enqueue(new LogLine(category, id.Id, level, $"{formatter(state, exception)} {exception}", members));
        lock (_gate)
        {
            _changed.SetResult();
            _changed = NewSignal();
        }
    }

    public void Dispose()
    {
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Page(LogBook book, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            book.Keep(category, logLevel, eventId, state, exception, formatter);
    }
}

/// <summary>The log of one type.</summary>
internal sealed class LogBookOf<T> : LogBook, ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Keep(typeof(T).FullName!, logLevel, eventId, state, exception, formatter);
}

/// <summary>One message: its text (with the exception's, if any) and its named values.</summary>
internal sealed record LogLine(string Category, int Id, LogLevel Level, string Text, IReadOnlyDictionary<string, string> Members);
