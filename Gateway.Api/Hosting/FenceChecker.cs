using Gateway.Core.Fence;

namespace Gateway.Api.Hosting;

/// <summary>Runs the self-check beside everything else: a gateway that lacks a right still answers what it can.</summary>
internal sealed class FenceChecker(FenceCheck check) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => check.RunAsync(stoppingToken);
}
