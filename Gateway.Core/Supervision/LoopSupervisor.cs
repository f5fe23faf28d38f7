using System.Collections.Concurrent;
using Gateway.Core.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Supervision;

/// <summary>
/// Runs everything that no call waits for: loops, work that is begun beside a call, timers. An exception that was not foreseen is logged once
/// with its stack and counted by loop; the loop goes on after a pause. A loop that fails again and again, or a broken invariant, ends the process.
/// Holds what is under way; any thread begins it, its own end takes it out.
/// </summary>
public sealed partial class LoopSupervisor(SupervisionOptions options, GatewayMetrics metrics, TimeProvider time, ILogger<LoopSupervisor> logger)
{
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a loop cannot go on: the process is to end, with an exit code that says so.</summary>
    public Task GivenUp => _givenUp.Task;

    /// <summary>Runs the loop until it is cancelled, whatever it throws; ends early only where it cannot go on. Never throws.</summary>
    public Task RunAsync(BackgroundLoop loop, CancellationToken cancellationToken) => Task.Run(() => SuperviseAsync(loop, cancellationToken), CancellationToken.None);

    /// <summary>Begins work on another thread that nothing waits for.</summary>
    /// <param name="name">The work in logs and metrics, one of a small set.</param>
    /// <param name="work">Does not run again when it fails.</param>
    /// <param name="failed">Logs the failure with what it was about, in place of the supervisor's own line.</param>
    public void Begin(string name, Func<Task> work, Action<Exception>? failed = null)
    {
        var ended = Enter();
        Task.Run(() => DoAsync(name, work, failed, ended));
    }

    /// <summary>As <see cref="Begin"/>, on this thread up to the work's first wait: what is begun first comes first.</summary>
    public void BeginInline(string name, Func<Task> work) => _ = DoAsync(name, work, null, Enter());

    /// <summary>Counts a failure that its callers are told, and so log.</summary>
    public void Count(string name) => metrics.LoopFailures.Add(1, new KeyValuePair<string, object?>("loop", name));

    /// <summary>A timer that is not armed yet. A failure of its callback is one of a loop: it is called again after the pause.</summary>
    public ITimer CreateTimer(string name, Action callback) => new SupervisedTimer(this, options, time, name, callback);

    /// <summary>Ends when nothing that was begun is under way.</summary>
    public async Task SettleAsync()
    {
        while (!_underWay.IsEmpty)
            await Task.WhenAll(_underWay.Keys);
    }

    /// <summary>Takes a failure in; how long to wait before going on, or null: the process ends.</summary>
    internal TimeSpan? Report(string name, Exception failure, FailureStreak streak, bool wasWell)
    {
        var pause = streak.Failed(wasWell);
        var isEnd = failure is BrokenInvariantException || streak.IsTooLong;
        try
        {
            Count(name);
            if (failure is BrokenInvariantException)
                InvariantBroken(logger, failure, name);
            else if (isEnd)
                FailsAgainAndAgain(logger, failure, name, streak.Count, options.HealthyAfter);
            else
                Failed(logger, failure, name, streak.Count, pause);
        }
        catch (Exception)
        {
            // A failure that cannot be told (no memory for its line, say) is still one that the loop goes on after.
        }

        if (isEnd)
            _givenUp.TrySetResult();
        return isEnd ? null : pause;
    }

    private TaskCompletionSource Enter()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay[ended.Task] = true;
        return ended;
    }

    private async Task SuperviseAsync(BackgroundLoop loop, CancellationToken cancellationToken)
    {
        var streak = new FailureStreak(options);
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            var failure = await RunOnceAsync(loop, cancellationToken);
            if (failure is null || Report(loop.Name, failure, streak, time.GetElapsedTime(began) >= options.HealthyAfter) is not { } pause)
                return;
            try
            {
                await Task.Delay(pause, time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception)
            {
                // Not even a timer can be made: it goes on without the pause.
            }
        }
    }

    /// <summary>Null: it was cancelled.</summary>
    private async Task<Exception?> RunOnceAsync(BackgroundLoop loop, CancellationToken cancellationToken)
    {
        try
        {
            await options.Run(loop, cancellationToken);
            return cancellationToken.IsCancellationRequested ? null : new InvalidOperationException($"The loop {loop.Name} ended by itself.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception unforeseen)
        {
            return unforeseen;
        }
    }

    private async Task DoAsync(string name, Func<Task> work, Action<Exception>? failed, TaskCompletionSource ended)
    {
        try
        {
            await work();
        }
        catch (Exception unforeseen)
        {
            try
            {
                Count(name);
                if (failed is null)
                    WorkFailed(logger, unforeseen, name);
                else
                    failed(unforeseen);
            }
            catch (Exception)
            {
                // As above.
            }
        }
        finally
        {
            _underWay.TryRemove(ended.Task, out _);
            ended.SetResult();
        }
    }

    [LoggerMessage(2300, LogLevel.Error, "Background loop {Loop} failed ({Count} in a row); it goes on in {Pause}")]
    private static partial void Failed(ILogger logger, Exception failure, string loop, int count, TimeSpan pause);

    [LoggerMessage(2301, LogLevel.Critical,
        "Background loop {Loop} failed {Count} times in a row without {HealthyAfter} of health in between; the process ends with exit code 1")]
    private static partial void FailsAgainAndAgain(ILogger logger, Exception failure, string loop, int count, TimeSpan healthyAfter);

    [LoggerMessage(2302, LogLevel.Critical, "An invariant of background loop {Loop} is broken; the process ends with exit code 1")]
    private static partial void InvariantBroken(ILogger logger, Exception failure, string loop);

    [LoggerMessage(2303, LogLevel.Error, "Background work {Loop} failed; what it was for is not done")]
    private static partial void WorkFailed(ILogger logger, Exception failure, string loop);
}

/// <summary>
/// Work that goes on as long as the process does: <paramref name="RunAsync"/> returns when it is cancelled and not before. After a failure it is
/// called again, so it begins from the state in which the failure left it, or rebuilds that state.
/// </summary>
/// <param name="Name">The loop in logs and metrics, one of a small set. Loops of one kind share it.</param>
public sealed record BackgroundLoop(string Name, Func<CancellationToken, Task> RunAsync);

/// <summary>Something does not hold on which every answer rests. Going on would serve wrong answers, so the process ends.</summary>
public sealed class BrokenInvariantException(string message) : Exception(message);
