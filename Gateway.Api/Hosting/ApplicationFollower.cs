using Gateway.Core.Applications;
using Gateway.Core.Registry.Dubbo;

namespace Gateway.Api.Hosting;

/// <summary>Keeps what applications said: as long as it is named, and as the other replicas know it. A bug in it ends the process loudly.</summary>
internal sealed class ApplicationFollower(ApplicationKeeper keeper, IApplicationStore store) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> running = [keeper.RunAsync(stoppingToken)];
        if (store is RedisApplicationStore shared)
            running.Add(shared.RunAsync(stoppingToken));
        await foreach (var ended in Task.WhenEach(running))
            await ended;
    }
}
