using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace Gateway.Api.Hosting;

/// <summary>The console of a gateway on a developer's machine: lines for people in place of JSON, and where to look first.</summary>
internal static partial class LocalConsole
{
    private static readonly KeyValuePair<string, string?>[] Readable =
    [
        new("Logging:Console:FormatterName", "simple"),
        new("Logging:Console:FormatterOptions:SingleLine", "true"),
        new("Logging:Console:FormatterOptions:IncludeScopes", "false"),
        new("Logging:Console:FormatterOptions:UseUtcTimestamp", "false"),
        new("Logging:Console:FormatterOptions:TimestampFormat", "HH:mm:ss.fff "),
    ];

    /// <summary>After the files of the program, so that environment variables and arguments still override it.</summary>
    public static void AddReadableConsole(this ConfigurationManager configuration)
    {
        var sources = ((IConfigurationBuilder)configuration).Sources;
        var files = sources.ToList().FindLastIndex(static source => source is JsonConfigurationSource { Path: { } path } && path.StartsWith("appsettings", StringComparison.Ordinal));
        sources.Insert(files + 1, new MemoryConfigurationSource { InitialData = Readable });
    }

    /// <summary>The last line of the start.</summary>
    /// <param name="app">Not started yet.</param>
    /// <param name="page">The path of the page for people.</param>
    public static void SayWhereToLook(this WebApplication app, string page) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        if (url is not null)
            LogOpen(app.Services.GetRequiredService<ILogger<GatewaySettings>>(), url + page);
    });

    [LoggerMessage(1917, LogLevel.Information, "Open {Url}")]
    private static partial void LogOpen(ILogger logger, string url);
}
