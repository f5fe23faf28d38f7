using Gateway.Emulator;

namespace Gateway.Api.Hosting;

/// <summary>Runs the emulated cluster in this process; started before and stopped after all its clients.</summary>
internal sealed partial class EmulatorHost(IConfiguration configuration, ILoggerFactory loggers, ILogger<EmulatorHost> logger) : IHostedService
{
    private EmulatedCluster? _cluster;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = configuration.GetSection(EmulatorOptions.Section).Get<EmulatorOptions>() ?? new EmulatorOptions();
        _cluster = await EmulatedCluster.StartAsync(options, loggerFactory: loggers, cancellationToken: cancellationToken);
        LogStarted(_cluster.Url);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }

    [LoggerMessage(1900, LogLevel.Information, "The emulated Kubernetes API listens at {Url}; try: kubectl --server {Url} get pods -A")]
    private partial void LogStarted(Uri url);
}
