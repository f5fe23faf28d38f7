using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Timing;

namespace Gateway.Tests.Timing;

public sealed class BackoffTests
{
    private static readonly BackoffDelays Plain = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30)) { Most = 1 };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void EachDelayIsTwiceTheOneBeforeUpToTheLongest()
    {
        var backoff = new Backoff(Plain, _time);
        Enumerable.Range(0, 7).Select(_ => backoff.Next().TotalSeconds).ShouldBe([1, 2, 4, 8, 16, 30, 30]);
        backoff.Failures.ShouldBe(7);
    }

    [Fact]
    public void DelaysStayTheLongestHoweverManyFailuresThereAre()
    {
        var backoff = new Backoff(Plain with { First = TimeSpan.FromHours(1), Longest = TimeSpan.FromHours(2) }, _time);
        for (var failure = 0; failure < 100; failure++)
            backoff.Next();
        backoff.Next().ShouldBe(TimeSpan.FromHours(2));
    }

    [Theory]
    [InlineData(0, 1, 0.25, 0.25)]
    [InlineData(1, 1.5, 0.5, 1.25)]
    [InlineData(1, 2, 0.999, 1.999)]
    public void EachDelayIsMultipliedByARandomNumberWithinTheBounds(double least, double most, double random, double seconds) =>
        new Backoff(Plain with { Least = least, Most = most, Random = () => random }, _time).Next().TotalSeconds.ShouldBe(seconds, 1e-6);

    [Fact]
    public void AServerThatAsksForLongerGetsItAndAFifthMoreAtMost()
    {
        var backoff = new Backoff(Plain with { Random = static () => 0.5 }, _time);
        backoff.Next(TimeSpan.FromSeconds(10)).TotalSeconds.ShouldBe(11, 1e-6);
        backoff.Next(TimeSpan.FromSeconds(1)).TotalSeconds.ShouldBe(2, "what it asks for is shorter than the delay");
        backoff.Next(TimeSpan.Zero).TotalSeconds.ShouldBe(4);
    }

    [Fact]
    public void AfterAResetTheNextFailureIsAFirstOne()
    {
        var backoff = new Backoff(Plain, _time);
        backoff.Next();
        backoff.Next();
        backoff.Reset();
        backoff.Failures.ShouldBe(0);
        backoff.Next().ShouldBe(Plain.First);
    }

    [Fact]
    public void TimeWithoutAFailureResetsItWhereThatIsSet()
    {
        var (reset, kept) = (new Backoff(Plain with { ResetAfter = TimeSpan.FromMinutes(2) }, _time), new Backoff(Plain, _time));
        foreach (var backoff in new[] { reset, kept })
        {
            backoff.Next();
            backoff.Next();
        }

        _time.Advance(TimeSpan.FromSeconds(121));
        reset.Next().ShouldBe(TimeSpan.FromSeconds(4), "the delay itself does not count");
        _time.Advance(TimeSpan.FromSeconds(124));
        reset.Next().ShouldBe(TimeSpan.FromSeconds(1));
        kept.Next().ShouldBe(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task TheDelayRunsByTheInjectedTime()
    {
        var waiting = new Backoff(Plain, _time).WaitAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(59));
        waiting.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(13));
        await waiting.Within();
    }

    [Fact]
    public async Task ADelayThatOutlastsTheDeadlineIsNotWaitedFor()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10), _time);
        (await new Backoff(Plain, _time).TryWaitAsync(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), deadline.Token).Within()).ShouldBeFalse();

        var begun = new Backoff(Plain with { Random = static () => 0 }, _time).TryWaitAsync(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(10), deadline.Token);
        _time.Advance(TimeSpan.FromSeconds(5));
        begun.IsCompleted.ShouldBeFalse();
        await deadline.CancelAsync();
        (await begun.Within()).ShouldBeFalse();
    }

    [Fact]
    public void AnInformersDelaysNeverExceedItsLongestOneWithJitter()
    {
        var backoff = new Backoff(new ReflectorOptions { Jitter = static () => 0.5 }.Failures, _time);
        Enumerable.Range(0, 8).Select(_ => backoff.Next().TotalSeconds).ShouldBe([1.2, 2.4, 4.8, 9.6, 19.2, 22.5, 22.5, 22.5], 1e-6);
        new Backoff(new ReflectorOptions { FirstBackoff = TimeSpan.FromHours(1), Jitter = static () => 0.999 }.Failures, _time).Next()
            .ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void TwoMinutesOfHealthResetAnInformersDelays()
    {
        var backoff = new Backoff(new ReflectorOptions { Jitter = static () => 0 }.Failures, _time);
        backoff.Next();
        backoff.Next();
        _time.Advance(TimeSpan.FromSeconds(100));
        backoff.Next().ShouldBe(TimeSpan.FromSeconds(3.2));
        _time.Advance(TimeSpan.FromSeconds(140));
        backoff.Next().ShouldBe(TimeSpan.FromSeconds(0.8));
    }
}
