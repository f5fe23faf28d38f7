using Gateway.Api.Endpoints;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registry;

namespace Gateway.Api.Hosting;

/// <summary>Keeps what replicas share going: leases, POST times, the saved state, histories, who is there. If one fails by a bug, the process ends loudly.</summary>
internal sealed class SharedStateFollower(
    ILeaseStore leases, RedisPostLog posts, ReplicaRoster roster, ReplicaQuestions questions, RegistryKeeper keeper, SharedHistories histories,
    DrainWait drains) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        questions.Answer = drains.AnswerAsync;
        List<Task> running =
        [
            posts.RunAsync(stoppingToken), roster.RunAsync(stoppingToken), questions.RunAsync(stoppingToken), keeper.RunAsync(stoppingToken),
            histories.RunAsync(stoppingToken),
        ];
        if (leases is RedisLeaseStore shared)
            running.Add(shared.RunAsync(stoppingToken));
        await foreach (var ended in Task.WhenEach(running))
            await ended;
    }
}
