using Gateway.Core.Timing;

namespace Gateway.Tests.Timing;

public sealed class WakeSignalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly WakeSignal _signal = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AThousandSetsAreOneWake()
    {
        for (var i = 0; i < 1000; i++)
            _signal.Set();
        (await WaitAsync().Within()).ShouldBeTrue();
        WaitAsync().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task ASetBeforeTheWaitIsNotLost()
    {
        _signal.Set();
        (await _signal.WaitAsync(Cancel).AsTask().Within()).ShouldBeTrue();
        var waiting = _signal.WaitAsync(Cancel).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        _signal.Set();
        (await waiting.Within()).ShouldBeTrue();
    }

    [Fact]
    public async Task TheLimitIsThatOfTheInjectedTime()
    {
        for (var round = 0; round < 3; round++)
        {
            var waiting = WaitAsync();
            _time.Advance(TimeSpan.FromMilliseconds(999));
            waiting.IsCompleted.ShouldBeFalse();
            _time.Advance(TimeSpan.FromMilliseconds(1));
            (await waiting.Within()).ShouldBeFalse();
        }

        _signal.Set();
        (await WaitAsync().Within()).ShouldBeTrue("a wait that was given up takes no signal away");
    }

    [Fact]
    public async Task ACancelledWaitTakesNoSignalAway()
    {
        using var ending = new CancellationTokenSource();
        var waiting = _signal.WaitAsync(Limit, _time, ending.Token).AsTask();
        await ending.CancelAsync();
        await waiting.Within().ShouldThrowAsync<OperationCanceledException>();
        _signal.Set();
        (await WaitAsync().Within()).ShouldBeTrue();
    }

    /// <summary>Whatever is written before a set is seen by the loop after its wake, with and without time-outs in between.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NothingThatWasWrittenBeforeASetIsMissed(bool hasLimit)
    {
        const int Writers = 4;
        const int Each = 5_000;
        var written = 0;
        var loop = Task.Run(async () =>
        {
            while (Volatile.Read(ref written) < Writers * Each)
            {
                if (hasLimit)
                    await _signal.WaitAsync(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancel);
                else
                    await _signal.WaitAsync(Cancel);
            }
        }, Cancel);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                Interlocked.Increment(ref written);
                _signal.Set();
            }
        }, Cancel)));
        await loop.Within();
    }

    private Task<bool> WaitAsync() => _signal.WaitAsync(Limit, _time, Cancel).AsTask();
}
