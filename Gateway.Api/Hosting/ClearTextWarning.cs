using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Api.Hosting;

/// <summary>Logs one warning at the start for each address outside Development that is served without TLS: tokens are then sent in clear text.</summary>
internal sealed partial class ClearTextWarning(IServer server, IHostEnvironment environment, ILogger<ClearTextWarning> logger) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            if (!environment.IsDevelopment() && address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
                LogClearText(address);
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1901, LogLevel.Warning,
        "Tokens are accepted over plain HTTP at {Address} and can be read on the network; configure https (Kestrel:Certificates:Default)")]
    private partial void LogClearText(string address);
}
