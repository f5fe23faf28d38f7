using Gateway.Api.Endpoints.Drain;
using Gateway.Core;
using Gateway.Core.Redis;
using Gateway.Core.Supervision;

namespace Gateway.Api.Hosting;

/// <summary>
/// Runs every loop of the gateway under its supervisor, from the host's start to its stop. If a loop cannot continue, the host is stopped, and
/// <see cref="GatewayApplication.RunAsync"/> returns exit code 1.
/// </summary>
internal sealed class BackgroundLoops : IHostedService, IDisposable
{
    // Background work has its own deadlines; work that takes longer ends with the process.
    private static readonly TimeSpan SettleFor = TimeSpan.FromSeconds(5);

    private readonly RegistryPipeline _pipeline;
    private readonly LoopSupervisor _supervisor;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly Stack<(CancellationTokenSource Ending, Task Running)> _running = new();

    public BackgroundLoops(
        RegistryPipeline pipeline, LoopSupervisor supervisor, IHostApplicationLifetime lifetime, TimeProvider time, DrainWait drains,
        ReplicaQuestions? questions = null)
    {
        (_pipeline, _supervisor, _lifetime, _time) = (pipeline, supervisor, lifetime, time);
        questions?.Answer = drains.AnswerAsync;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var loop in _pipeline.Loops)
        {
            var ending = new CancellationTokenSource();
            _running.Push((ending, _supervisor.RunAsync(loop, ending.Token)));
        }

        // Never awaited: it may never complete.
        _supervisor.GivenUp.GetAwaiter().OnCompleted(_lifetime.StopApplication);
        return Task.CompletedTask;
    }

    /// <summary>The loop that was started last is stopped first.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        while (_running.TryPop(out var loop))
        {
            using (loop.Ending)
            {
                await loop.Ending.CancelAsync();
                await loop.Running.WaitAsync(cancellationToken);
            }
        }

        await Task.WhenAny(_supervisor.SettleAsync(), Task.Delay(SettleFor, _time, cancellationToken));
    }

    /// <summary>For a host that was never stopped.</summary>
    public void Dispose()
    {
        while (_running.TryPop(out var loop))
            loop.Ending.Cancel();
    }
}
