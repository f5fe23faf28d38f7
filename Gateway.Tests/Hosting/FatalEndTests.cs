using Gateway.Api.Hosting;
using Gateway.Core.Supervision;
using Gateway.Tests.Emulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary>A gateway that cannot go on ends, and its exit code says so.</summary>
public sealed class FatalEndTests
{
    private static readonly string Hook = typeof(StartupHook).Assembly.Location;

    [Fact]
    public async Task ALoopThatFailsAgainAndAgainEndsTheHostWithExitCodeOne()
    {
        await using var cluster = await SmallCluster.StartAsync();
        using var logs = new LogBook();
        await using var app = Build(cluster, logs, new SupervisionOptions
        {
            FirstPause = TimeSpan.FromMilliseconds(1),
            MostFailures = 3,
            Run = static (loop, cancellationToken) => loop.Name == "election" ? throw new InvalidOperationException("a bug") : loop.RunAsync(cancellationToken),
        });
        (await GatewayApplication.RunAsync(app).Within()).ShouldBe(1);
        logs.Lines.Select(static line => line.Id).Where(static id => id is 2300 or 2301).ShouldBe([2300, 2300, 2301]);
    }

    [Fact]
    public async Task ABrokenInvariantEndsTheHostWithExitCodeOne()
    {
        await using var cluster = await SmallCluster.StartAsync();
        await using var app = Build(cluster, new LogBook(), new SupervisionOptions
        {
            Run = static (loop, cancellationToken) => loop.Name == "projector" ? throw new BrokenInvariantException("it fell") : loop.RunAsync(cancellationToken),
        });
        (await GatewayApplication.RunAsync(app).Within()).ShouldBe(1);
    }

    [Fact]
    public async Task AHostThatIsToldToStopEndsWithExitCodeZero()
    {
        await using var cluster = await SmallCluster.StartAsync();
        await using var app = Build(cluster, new LogBook(), new SupervisionOptions());
        app.Lifetime.ApplicationStarted.Register(app.Lifetime.StopApplication);
        (await GatewayApplication.RunAsync(app).Within()).ShouldBe(0);
    }

    [Fact]
    public async Task AHostThatIsToldToStopWhileItStartsEndsWithExitCodeZero()
    {
        await using var cluster = await SmallCluster.StartAsync();
        await using var app = Build(cluster, new LogBook(), new SupervisionOptions(), static services => services.Insert(0, ServiceDescriptor.Singleton<IHostedService, StopsAtOnce>()));
        (await GatewayApplication.RunAsync(app).Within()).ShouldBe(0);
    }

    [Theory]
    [InlineData(nameof(InvalidOperationException), "2301")]
    [InlineData(nameof(BrokenInvariantException), "2302")]
    public async Task TheProcessOfAGatewayThatCannotGoOnExitsWithCodeOne(string failure, string id)
    {
        await using var cluster = await SmallCluster.StartAsync();
        await using var process = GatewayProcess.Start("Production", cluster.Cluster.Url, ("DOTNET_STARTUP_HOOKS", Hook), (StartupHook.Variable, $"projector {failure}"));
        (await process.ReadUntilAsync("\"EventId\":" + id))[^1].ShouldContain("exit code 1");
        (await process.ExitCodeAsync()).ShouldBe(1);
    }

    private static WebApplication Build(SmallCluster cluster, LogBook logs, SupervisionOptions supervision, Action<IServiceCollection>? adjust = null) =>
        GatewayApplication.Build(["--environment", "Development"], builder =>
        {
            builder.Services.AddSingleton(supervision);
            adjust?.Invoke(builder.Services);
            builder.Logging.ClearProviders().AddProvider(logs);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["Emulator:Start"] = "false",
                ["Emulator:Url"] = cluster.Cluster.Url.ToString(),
            });
        });

    private sealed class StopsAtOnce(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
