using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Redis;

/// <summary>Tells when the message of one event id is written.</summary>
internal sealed class LogOf(int eventId) : ILoggerProvider, ILogger
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Written => _written.Task;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (id.Id == eventId)
            _written.TrySetResult();
    }

    public void Dispose()
    {
    }
}
