using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Support;

/// <summary>The log of one type.</summary>
internal sealed class LogBookOf<T> : LogBook, ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Keep(typeof(T).FullName!, logLevel, eventId, state, exception, formatter);
}
