using Gateway.Core.Diagnostics;
using Gateway.Core.Supervision;
using Gateway.Core.Timing;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Supervision;

/// <summary>A loop that fails goes on; one that fails again and again ends the process.</summary>
public sealed class LoopSupervisorTests : IDisposable
{
    private static readonly SupervisionOptions Plain = new() { Jitter = static () => 0 };

    private readonly ManualTimeProvider _time = new();
    private readonly MetricsRecorder _recorder = new();
    private readonly GatewayMetrics _metrics;
    private readonly LogBookOf<LoopSupervisor> _logs = new();
    private readonly CancellationTokenSource _ending = new();

    public LoopSupervisorTests() => _metrics = new(_recorder);

    public static TheoryData<Exception> Unforeseen =>
        [new InvalidOperationException("a"), new ObjectDisposedException("b"), new OutOfMemoryException("c"), new OperationCanceledException("not by its own token"), new Exception("d")];

    public void Dispose()
    {
        _ending.Dispose();
        _metrics.Dispose();
        _recorder.Dispose();
        _logs.Dispose();
    }

    [Theory]
    [MemberData(nameof(Unforeseen), DisableDiscoveryEnumeration = true)]
    public async Task ALoopThatThrowsGoesOnCountedAndLoggedOnceWithItsStack(Exception unforeseen)
    {
        var runs = new RunCounter(unforeseen, null);
        var running = Loops().RunAsync(new("one", runs.RunAsync), _ending.Token);
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        await runs.ReachedAsync(2);

        _recorder["registry.loop.failures loop=one"].ShouldBe(1);
        var line = _logs.Lines.ShouldHaveSingleItem();
        (line.Id, line.Level, line.Members["Loop"]).ShouldBe((2300, LogLevel.Error, "one"));
        line.Text.ShouldContain(nameof(RunCounter));
        await _ending.CancelAsync();
        await running.Within();
        _logs.Lines.Count.ShouldBe(1);
    }

    [Fact]
    public async Task PausesAreDoubledUpToTheLongestAndAreShortAgainAfterAHealthyRun()
    {
        var healthy = new TaskCompletionSource();
        var runs = new RunCounter([.. Enumerable.Repeat(new Exception(), 7)]) { Before = run => run == 7 ? healthy.Task : Task.CompletedTask };
        var running = Loops().RunAsync(new("one", runs.RunAsync), _ending.Token);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30 })
        {
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds));
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await runs.ReachedAsync(7);
        _time.Advance(Plain.HealthyAfter);
        healthy.SetResult();
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        _logs.Lines.Select(static line => line.Members["Count"]).ShouldBe(["1", "2", "3", "4", "5", "6", "1"]);
        await _ending.CancelAsync();
        await running.Within();
    }

    [Fact]
    public async Task ALoopThatFailsAgainAndAgainIsGivenUp()
    {
        var loops = Loops(Plain with { MostFailures = 3 });
        var runs = new RunCounter([.. Enumerable.Repeat(new Exception(), 3)]);
        var running = loops.RunAsync(new("one", runs.RunAsync), _ending.Token);
        foreach (var seconds in new[] { 1, 2 })
        {
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds));
            loops.GivenUp.IsCompleted.ShouldBeFalse();
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await loops.GivenUp.Within();
        await running.Within();
        _logs.Lines.Select(static line => line.Id).ShouldBe([2300, 2300, 2301]);
        _recorder["registry.loop.failures loop=one"].ShouldBe(3);
    }

    [Fact]
    public async Task ABrokenInvariantIsTheEndAtOnce()
    {
        var loops = Loops();
        await loops.RunAsync(new("one", new RunCounter(new BrokenInvariantException("it fell")).RunAsync), _ending.Token).Within();
        loops.GivenUp.IsCompleted.ShouldBeTrue();
        (_logs.Lines.ShouldHaveSingleItem().Id, _logs.Lines.Single().Level).ShouldBe((2302, LogLevel.Critical));
    }

    [Fact]
    public async Task ALoopThatEndsByItselfHasFailed()
    {
        var running = Loops().RunAsync(new("one", static _ => Task.CompletedTask), _ending.Token);
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        _logs.Lines.ShouldHaveSingleItem().Text.ShouldContain("ended by itself");
        await _ending.CancelAsync();
        await running.Within();
    }

    [Fact]
    public async Task ALoopThatIsCancelledEndsWithoutAWord()
    {
        var runs = new RunCounter();
        var running = Loops().RunAsync(new("one", runs.RunAsync), _ending.Token);
        await runs.ReachedAsync(1);
        await _ending.CancelAsync();
        await running.Within();
        _logs.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task ALogThatFailsDoesNotEndTheLoop()
    {
        var runs = new RunCounter(new Exception());
        var running = Supervised.Loops(_time, _metrics, new FailingLog(), Plain).RunAsync(new BackgroundLoop("one", runs.RunAsync), _ending.Token);
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        await runs.ReachedAsync(2);
        await _ending.CancelAsync();
        await running.Within();
    }

    [Fact]
    public async Task WorkThatFailsIsCountedAndLoggedAndEnds()
    {
        var loops = Loops();
        loops.Begin("work", static () => throw new InvalidOperationException("x"));
        loops.Begin("other", static () => Task.FromException(new InvalidOperationException("y")), failure => _logs.LogWarning(failure, "its own line"));
        await loops.SettleAsync().Within();
        _recorder["registry.loop.failures loop=work"].ShouldBe(1);
        _recorder["registry.loop.failures loop=other"].ShouldBe(1);
        _logs.Lines.Select(static line => line.Id).Order().ShouldBe([0, 2303]);
    }

    [Fact]
    public async Task SettlingWaitsForWorkThatIsUnderWay()
    {
        var loops = Loops();
        var gate = new TaskCompletionSource();
        loops.Begin("work", () => gate.Task);
        var settled = loops.SettleAsync();
        settled.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        await settled.Within();
    }

    [Fact]
    public void ATimerWhoseCallbackFailsIsCalledAgain()
    {
        var loops = Loops(Plain with { MostFailures = 3 });
        var calls = 0;
        using var timer = loops.CreateTimer("timer", () =>
        {
            if (++calls is 1 or 2 or 4)
                throw new InvalidOperationException();
        });
        timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(5));
        calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        calls.ShouldBe(2);
        _time.Advance(TimeSpan.FromSeconds(2));
        calls.ShouldBe(3);
        _time.ActiveTimers.ShouldBe(0);

        // It was well in between: this is a first failure again.
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.Zero);
        _logs.Lines.Select(static line => line.Members["Count"]).ShouldBe(["1", "2", "1"]);
        _recorder["registry.loop.failures loop=timer"].ShouldBe(3);
        loops.GivenUp.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void TheDefaultPausesOfALoopThatFailsAgainAndAgainLastMinutes()
    {
        var options = new SupervisionOptions { Jitter = static () => 0 };
        var failures = new Backoff(options.Pauses, _time);
        var pauses = TimeSpan.Zero;
        while (failures.Failures < options.MostFailures)
            pauses += failures.Next();
        pauses.ShouldBeInRange(TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(9));
    }

    private LoopSupervisor Loops(SupervisionOptions? options = null) => Supervised.Loops(_time, _metrics, _logs, options ?? Plain);

    /// <summary>A loop whose first runs fail with these (null: it runs until cancelled), and every later one runs until cancelled.</summary>
    private sealed class RunCounter(params Exception?[] failures)
    {
        private readonly SemaphoreSlim _begun = new(0);
        private int _runs;

        public Func<int, Task> Before { get; init; } = static _ => Task.CompletedTask;

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            var run = Interlocked.Increment(ref _runs);
            _begun.Release();
            await Before(run);
            if (run <= failures.Length && failures[run - 1] is { } failure)
                throw failure;
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        public async Task ReachedAsync(int run)
        {
            while (Volatile.Read(ref _runs) < run)
                (await _begun.WaitAsync(Patience.Limit)).ShouldBeTrue();
        }
    }

    private sealed class FailingLog : ILogger<LoopSupervisor>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new OutOfMemoryException();
    }
}
