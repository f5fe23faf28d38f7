using System.Collections.Concurrent;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary>An operator hears at the start that tokens travel in clear.</summary>
public sealed class ClearTextWarningTests
{
    private const int TokensInClear = 1901;

    [Theory]
    [InlineData("Production", 1)]
    [InlineData("Development", 0)]
    public async Task PlainHttpIsWarnedOfOnceOutsideDevelopment(string environment, int warnings)
    {
        await using var registry = await TestRegistry.StartAsync();
        using var logs = new IdsLogged();
        await using (await GatewayUnderTest.StartAsync(registry.Cluster.Url, logs: logs, environment: environment))
            logs.Ids.Count(static id => id == TokensInClear).ShouldBe(warnings);
    }

    /// <summary>Remembers the id of every warning.</summary>
    private sealed class IdsLogged : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<int> Ids { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                Ids.Enqueue(eventId.Id);
        }

        public void Dispose()
        {
        }
    }
}
