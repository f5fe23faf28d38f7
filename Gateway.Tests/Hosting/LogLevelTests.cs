using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Hosting;

/// <summary>Log levels follow the mounted settings while the gateway runs.</summary>
public sealed class LogLevelTests
{
    private const string Category = "Gateway.Core.Kubernetes.Informers";

    [Fact]
    public async Task LevelsChangeWithTheMountedFileWithoutARestart()
    {
        var folder = Directory.CreateTempSubdirectory("settings-");
        try
        {
            // As a ConfigMap is mounted: the file is a link into a folder that is swapped.
            Mount(folder, "first", "Information");
            await using var registry = await TestRegistry.StartAsync();
            using var logs = new Silence();
            await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, logs: logs,
                settings: [KeyValuePair.Create("SettingsFile", (string?)Path.Combine(folder.FullName, "settings.json"))]);
            var log = gateway.Services.GetRequiredService<ILoggerFactory>().CreateLogger(Category);
            log.IsEnabled(LogLevel.Debug).ShouldBeFalse();

            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var listening = gateway.Services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>().OnChange(_ =>
            {
                if (log.IsEnabled(LogLevel.Debug))
                    changed.TrySetResult();
            });
            Mount(folder, "second", "Debug");
            await changed.Task.Within();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Mount(DirectoryInfo folder, string name, string level)
    {
        var data = folder.CreateSubdirectory(name);
        File.WriteAllText(Path.Combine(data.FullName, "settings.json"), $$"""{"Logging": {"LogLevel": {"{{Category}}": "{{level}}"} } }""");
        var link = Path.Combine(folder.FullName, "..data");
        if (Directory.Exists(link))
            Directory.Delete(link);
        Directory.CreateSymbolicLink(link, name);
        var file = Path.Combine(folder.FullName, "settings.json");
        if (!File.Exists(file))
            File.CreateSymbolicLink(file, Path.Combine("..data", "settings.json"));
    }

    /// <summary>Something must listen, else nothing is enabled.</summary>
    private sealed class Silence : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}
