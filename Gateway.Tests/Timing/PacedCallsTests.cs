using Gateway.Core.Timing;

namespace Gateway.Tests.Timing;

/// <summary>However many ask, one call in a pace answers them, and never with an answer older than the question.</summary>
public sealed class PacedCallsTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly ManualTimeProvider _time = new();
    private int _calls;

    [Fact]
    public async Task TheFirstIsCalledAtOnceAndTheOthersShareTheNext()
    {
        var paced = new PacedCalls<string, int>(Pace, _time);
        var held = new TaskCompletionSource();
        var first = paced.AskAsync("a", () => CallAsync(held.Task), default);
        await Until(() => _calls == 1);

        var others = Enumerable.Range(0, 100).Select(_ => paced.AskAsync("a", () => CallAsync(Task.CompletedTask), default)).ToList();
        held.SetResult();
        (await first.Within()).ShouldBe(1);
        await _time.WaitForTimerAsync(Pace);
        _calls.ShouldBe(1, "the next begins a pace after the first");

        _time.Advance(Pace);
        (await Task.WhenAll(others).Within()).ShouldAllBe(static answer => answer == 2);
        _calls.ShouldBe(2);
    }

    [Fact]
    public async Task AnotherKeyDoesNotWait()
    {
        var paced = new PacedCalls<string, int>(Pace, _time);
        (await paced.AskAsync("a", () => CallAsync(Task.CompletedTask), default).Within()).ShouldBe(1);
        (await paced.AskAsync("b", () => CallAsync(Task.CompletedTask), default).Within()).ShouldBe(2);
    }

    [Fact]
    public async Task AFailureIsThatOfItsOwnCallersAndTheNextIsCalled()
    {
        var paced = new PacedCalls<string, int>(Pace, _time);
        await paced.AskAsync("a", static () => throw new InvalidOperationException(), default).Within().ShouldThrowAsync<InvalidOperationException>();
        _time.Advance(Pace);
        (await paced.AskAsync("a", () => CallAsync(Task.CompletedTask), default).Within()).ShouldBe(1);
    }

    private async Task<int> CallAsync(Task held)
    {
        var number = Interlocked.Increment(ref _calls);
        await held;
        return number;
    }

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
            await Task.Yield();
    }
}
