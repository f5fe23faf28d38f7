using Gateway.Core.Election;
using Gateway.Core.Registration;

namespace Gateway.Api.Hosting;

/// <summary>Stands for election, and deregisters what stays lapsed while elected.</summary>
internal sealed class LeaseWarden(LeaderElection election, LeaseCleaner cleaner) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(election.RunAsync(stoppingToken), cleaner.RunAsync(stoppingToken));
}
