using System.Net.Sockets;

namespace Gateway.Emulator;

/// <summary><c>Gateway.Emulator</c>: serves the emulated cluster until the process is told to stop.</summary>
internal static partial class ServeCommand
{
    private const int InvalidConfiguration = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build();
        EmulatorOptions options;
        try
        {
            options = configuration.GetSection(EmulatorOptions.Section).Get<EmulatorOptions>() ?? new EmulatorOptions();
        }
        catch (InvalidOperationException unreadable)
        {
            return await RefuseAsync($"{EmulatorOptions.Section}: {unreadable.Message}");
        }

        if (!IsListenable(options.Url))
            return await RefuseAsync($"{EmulatorOptions.Section}:Url '{options.Url}' is no absolute http URL.");

        using var loggers = LoggerFactory.Create(static logging =>
            logging.AddFilter("Microsoft", LogLevel.Warning).AddSimpleConsole(static console => console.SingleLine = true));
        EmulatedCluster cluster;
        try
        {
            cluster = await EmulatedCluster.StartAsync(options, loggerFactory: loggers);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return await RefuseAsync($"{EmulatorOptions.Section}:Url '{options.Url}' cannot be listened at: {e.Message}");
        }

        await using (cluster)
        {
            LogListening(loggers.CreateLogger(typeof(ServeCommand).Namespace!), cluster.Url);
            await cluster.WaitForShutdownAsync();
        }

        return 0;
    }

    // As Kestrel reads it: the host may be '+' or '*', every address there is.
    private static bool IsListenable(string url)
    {
        try
        {
            return string.Equals(BindingAddress.Parse(url).Scheme, Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static async Task<int> RefuseAsync(string message)
    {
        await Console.Error.WriteLineAsync(message);
        return InvalidConfiguration;
    }

    [LoggerMessage(2001, LogLevel.Information, "The emulated Kubernetes API listens at {Url}; try: kubectl --server {Url} get pods -A")]
    private static partial void LogListening(ILogger logger, Uri url);
}
