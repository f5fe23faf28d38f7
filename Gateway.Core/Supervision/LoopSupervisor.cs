using System.Collections.Concurrent;
using Gateway.Core.Diagnostics;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Supervision;

/// <summary>
/// Runs everything that no call waits for: loops, work that a call starts, timers. An unexpected exception is logged once with its stack and
/// counted by loop; the loop is restarted after a pause. A loop that keeps failing, or a broken invariant, ends the process. Holds the work in
/// progress; any thread adds to it, and its end removes it.
/// </summary>
public sealed partial class LoopSupervisor(SupervisionOptions options, GatewayMetrics metrics, TimeProvider time, ILogger<LoopSupervisor> logger)
{
    private readonly ConcurrentDictionary<Task, bool> _underWay = new();
    private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a loop keeps failing: the process must end with a failing exit code.</summary>
    public Task GivenUp => _givenUp.Task;

    /// <summary>Runs the loop until it is cancelled, whatever it throws; ends early only when it keeps failing. Never throws.</summary>
    public Task RunAsync(BackgroundLoop loop, CancellationToken cancellationToken) => Task.Run(() => SuperviseAsync(loop, cancellationToken), CancellationToken.None);

    /// <summary>Starts work on another thread that nothing waits for.</summary>
    /// <param name="name">The work in logs and metrics, one of a small set.</param>
    /// <param name="work">Does not run again when it fails.</param>
    /// <param name="failed">Logs the failure with its context, in place of the supervisor's own line.</param>
    public void Begin(string name, Func<Task> work, Action<Exception>? failed = null)
    {
        var ended = Enter();
        Task.Run(() => DoAsync(name, work, failed, ended));
    }

    /// <summary>As <see cref="Begin"/>, on this thread up to the work's first await, so the order of calls is kept.</summary>
    /// <returns>Completes when the work has ended, failed or not; never fails.</returns>
    public Task BeginInline(string name, Func<Task> work) => DoAsync(name, work, null, Enter());

    /// <summary>Counts a failure that the callers receive, and so log.</summary>
    public void Count(string name) => metrics.LoopFailures.Add(1, new KeyValuePair<string, object?>("loop", name));

    /// <summary>A timer that is not armed yet. A failure of its callback counts as a loop's: it is called again after the pause.</summary>
    public ITimer CreateTimer(string name, Action callback) => CreateTimer(name, static state => ((Action)state!)(), callback);

    /// <summary>The same, for timers of which there are many: a static callback and its state.</summary>
    public ITimer CreateTimer(string name, Action<object?> callback, object? state) => new SupervisedTimer(this, options, time, name, callback, state);

    /// <summary>Completes when no started work is in progress.</summary>
    public async Task SettleAsync()
    {
        while (!_underWay.IsEmpty)
            await Task.WhenAll(_underWay.Keys);
    }

    /// <summary>Records a failure; returns how long to wait before the restart, or null: the process ends.</summary>
    internal TimeSpan? Report(string name, Exception failure, Backoff failures)
    {
        var pause = failures.Next();
        var isEnd = failure is BrokenInvariantException || failures.Failures >= options.MostFailures;
        try
        {
            Count(name);
            if (failure is BrokenInvariantException)
                InvariantBroken(logger, failure, name);
            else if (isEnd)
                FailsAgainAndAgain(logger, failure, name, failures.Failures, options.HealthyAfter);
            else
                Failed(logger, failure, name, failures.Failures, pause);
        }
        catch (Exception)
        {
            // Even when the failure cannot be logged (out of memory, for example), the loop is restarted.
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
        var failures = new Backoff(options.Pauses, time);
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            var failure = await RunOnceAsync(loop, cancellationToken);
            if (time.GetElapsedTime(began) >= options.HealthyAfter)
                failures.Reset();
            if (failure is null || Report(loop.Name, failure, failures) is not { } pause)
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
                // Not even a timer can be created: restarted without the pause.
            }
        }
    }

    /// <summary>The failure that ended the run; null: it was cancelled.</summary>
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

    [LoggerMessage(2300, LogLevel.Error, "Background loop {Loop} failed ({Count} in a row); it is restarted in {Pause}")]
    private static partial void Failed(ILogger logger, Exception failure, string loop, int count, TimeSpan pause);

    [LoggerMessage(2301, LogLevel.Critical,
        "Background loop {Loop} failed {Count} times in a row without a healthy run of {HealthyAfter} in between; the process ends with exit code 1")]
    private static partial void FailsAgainAndAgain(ILogger logger, Exception failure, string loop, int count, TimeSpan healthyAfter);

    [LoggerMessage(2302, LogLevel.Critical, "An invariant of background loop {Loop} is broken; the process ends with exit code 1")]
    private static partial void InvariantBroken(ILogger logger, Exception failure, string loop);

    [LoggerMessage(2303, LogLevel.Error, "Background work {Loop} failed and is not retried")]
    private static partial void WorkFailed(ILogger logger, Exception failure, string loop);
}

/// <summary>
/// Work that runs as long as the process does: <paramref name="RunAsync"/> returns only when it is cancelled. After a failure it is called again,
/// so it continues from the state that the failure left, or rebuilds that state.
/// </summary>
/// <param name="Name">The loop in logs and metrics, one of a small set. Loops of one kind share it.</param>
public sealed record BackgroundLoop(string Name, Func<CancellationToken, Task> RunAsync);

/// <summary>A condition that every answer depends on is violated. Answers would be wrong, so the process ends.</summary>
public sealed class BrokenInvariantException(string message) : Exception(message);
