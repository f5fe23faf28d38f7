using Gateway.Core.Election;
using Gateway.Core.Leases;
using Gateway.Core.Registration;

namespace Gateway.Api.Hosting;

/// <summary>
/// Stands for election, and does while elected what only one may do: deregisters what stays lapsed (where there are leases) and keeps mirrors
/// as they should be. If one fails by a bug, the process ends loudly.
/// </summary>
internal sealed class LeaderDuties(LeaderElection election, LeaseCleaner cleaner, MirrorRepair repair, LeaseOptions leases) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> running = [election.RunAsync(stoppingToken), repair.RunAsync(stoppingToken)];
        if (leases.Enabled)
            running.Add(cleaner.RunAsync(stoppingToken));
        await foreach (var ended in Task.WhenEach(running))
            await ended;
    }
}
