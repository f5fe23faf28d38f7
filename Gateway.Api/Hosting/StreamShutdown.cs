using Gateway.Core.Subscriptions;

namespace Gateway.Api.Hosting;

/// <summary>Closes every stream with <c>goaway</c> as soon as the process starts to stop, so that the server's own stop finds none.</summary>
internal sealed class StreamShutdown(IHostApplicationLifetime lifetime, SubscriptionHub hub) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(hub.Shutdown);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
