using Gateway.Core.Diagnostics;

namespace Gateway.Tests.Diagnostics;

public sealed class LogPaceTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void TheFirstOfAKindIsLoggedAndThenOneAMinuteThatCountsTheOthers()
    {
        var pace = new LogPace(_time);
        pace.Allows("a", out var leftOut).ShouldBeTrue();
        leftOut.ShouldBe(0);
        for (var i = 0; i < 7; i++)
            pace.Allows("a", out _).ShouldBeFalse();
        pace.Allows("b", out _).ShouldBeTrue("another kind has a line of its own");

        _time.Advance(TimeSpan.FromMinutes(1));
        pace.Allows("a", out leftOut).ShouldBeTrue();
        leftOut.ShouldBe(7);
        pace.Allows("a", out _).ShouldBeFalse();
        _time.Advance(TimeSpan.FromMinutes(2));
        pace.Allows("a", out leftOut).ShouldBeTrue();
        leftOut.ShouldBe(1);
    }

    [Fact]
    public void AnyNumberOfKindsIsABoundedNumberOfLines()
    {
        var pace = new LogPace(_time);
        Enumerable.Range(0, 10_000).Count(i => pace.Allows($"kind {i}", out _)).ShouldBeLessThan(300);
    }

    [Fact]
    public void OfAllThreadsOneLogs()
    {
        var pace = new LogPace(_time);
        var logged = 0;
        Parallel.For(0, 1_000, _ =>
        {
            if (pace.Allows("a", out var leftOut))
                Interlocked.Increment(ref logged);
        });
        logged.ShouldBe(1);
        _time.Advance(TimeSpan.FromMinutes(1));
        pace.Allows("a", out var others);
        others.ShouldBe(999);
    }
}
