using Gateway.Core.Diagnostics;
using Gateway.Core.Redis;

namespace Gateway.Tests.Redis;

/// <summary>What waits to be sent while Redis is away.</summary>
public sealed class UnsentTests : IDisposable
{
    private readonly MetricsRecorder _recorder = new();
    private readonly GatewayMetrics _metrics;
    private readonly Unsent<string, int> _unsent;

    public UnsentTests()
    {
        _metrics = new(_recorder);
        _unsent = new(RedisStore.Posts, most: 3, _metrics, Math.Max);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _recorder.Dispose();
    }

    [Fact]
    public void AKeyWaitsOnceWithItsMergedValueInTheOrderOfItsFirst()
    {
        _unsent.Add("a", 1);
        _unsent.Add("b", 2);
        _unsent.Add("a", 5);
        _unsent.Add("a", 4);
        _unsent.Take(10).ShouldBe([("a", 5), ("b", 2)]);
        _unsent.Count.ShouldBe(0);
    }

    [Fact]
    public void BeyondTheBoundTheOldestIsDroppedAndCounted()
    {
        for (var i = 0; i < 10; i++)
            _unsent.Add($"{i}", i);
        _unsent.Take(10).ShouldBe([("7", 7), ("8", 8), ("9", 9)]);
        _recorder["registry.redis.dropped store=posts"].ShouldBe(7);
    }

    [Fact]
    public void ABatchThatFailedIsSentAgainBeforeWhatCameSinceAndWithinTheBound()
    {
        _unsent.Add("a", 1);
        _unsent.Add("b", 2);
        var failed = _unsent.Take(2);
        _unsent.Add("b", 7);
        _unsent.Add("c", 3);
        _unsent.Return(failed);
        _unsent.Take(10).ShouldBe([("a", 1), ("b", 7), ("c", 3)]);

        _unsent.Add("x", 1);
        _unsent.Add("y", 1);
        failed = _unsent.Take(2);
        for (var i = 0; i < 3; i++)
            _unsent.Add($"{i}", i);
        _unsent.Return(failed);
        _unsent.Take(10).ShouldBe([("0", 0), ("1", 1), ("2", 2)]);
    }
}
