using Gateway.Core.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Informers;

public sealed class BackoffTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void ItDoublesWithJitterAndNeverExceedsItsCap()
    {
        var backoff = new Backoff(new ReflectorOptions { Jitter = static () => 0.5 }, _time);
        Enumerable.Range(0, 8).Select(_ => backoff.Next().TotalSeconds).ShouldBe([1.2, 2.4, 4.8, 9.6, 19.2, 22.5, 22.5, 22.5], 1e-6);
        new Backoff(new ReflectorOptions { FirstBackoff = TimeSpan.FromHours(1), Jitter = static () => 0.999 }, _time).Next()
            .ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void TwoMinutesOfHealthBeginAnew()
    {
        var backoff = new Backoff(new ReflectorOptions { Jitter = static () => 0 }, _time);
        backoff.Next();
        backoff.Next();
        _time.Advance(TimeSpan.FromSeconds(100));
        backoff.Next().ShouldBe(TimeSpan.FromSeconds(3.2));
        _time.Advance(TimeSpan.FromSeconds(140));
        backoff.Next().ShouldBe(TimeSpan.FromSeconds(0.8));
    }
}
