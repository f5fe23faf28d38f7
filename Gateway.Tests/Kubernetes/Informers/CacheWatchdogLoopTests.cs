using System.Globalization;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>When the watchdog compares which kind; time is moved by hand.</summary>
public sealed class CacheWatchdogLoopTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(0, 5)]
    [InlineData(0.5, 7.5)]
    public async Task TheKindsAreSpreadOverTheIntervalAndReplicasBeginAtDifferentTimes(double random, double firstMinutes)
    {
        var (pods, services) = (new Counted(), new Counted());
        await using var running = new Running(new([pods, services], Interval, () => random, _time));
        await MoveAsync(TimeSpan.FromMinutes(firstMinutes));
        await MoveAsync(Interval / 2);
        (pods.Runs, services.Runs).ShouldBe((1, 1));
        await MoveAsync(Interval / 2);
        await _time.WaitForTimersAsync(1);
        (pods.Runs, services.Runs).ShouldBe((2, 1));
    }

    [Fact]
    public async Task AFailureIsWaitedForAsLongAsTheServerAsksAndOneThatRepeatsForLonger()
    {
        var pods = new Counted { End = new(ComparisonOutcome.Failed, new(429, null, TimeSpan.FromHours(1))) };
        await using var running = new Running(new([pods], TimeSpan.FromMinutes(1), static () => 0, _time));
        await MoveAsync(TimeSpan.FromSeconds(30));
        pods.End = new(ComparisonOutcome.Failed, new(503, null));
        await MoveAsync(TimeSpan.FromHours(1));
        pods.Runs.ShouldBe(2);
        for (var failure = 2; failure < 10; failure++)
            await MoveAsync(TimeSpan.FromSeconds(Math.Clamp(5 << (failure - 1), 60, 300)));
        pods.Runs.ShouldBe(10);
        pods.End = new(ComparisonOutcome.Same);
        await MoveAsync(TimeSpan.FromMinutes(5));
        await MoveAsync(TimeSpan.FromMinutes(1));
        pods.Runs.ShouldBe(12);
    }

    [Theory]
    [InlineData("00:00:00", true, false)]
    [InlineData("00:01:00", true, true)]
    [InlineData("1.00:00:00", true, true)]
    [InlineData("00:00:59", false, true)]
    [InlineData("1.00:00:01", false, true)]
    [InlineData("-00:10:00", false, false)]
    public void TheIntervalIsFromAMinuteToADayOrOff(string interval, bool isValid, bool isOn)
    {
        var options = new KubernetesOptions { WatchdogInterval = TimeSpan.Parse(interval, CultureInfo.InvariantCulture) };
        options.Validate().Any().ShouldBe(!isValid);
        using var metrics = new GatewayMetrics();
        using var api = new KubernetesApi(new ClusterConnection { BaseAddress = new Uri("http://127.0.0.1:9"), NeverUsesProxy = true }, options, metrics);
        (new ClusterInformers(api, options, metrics, NullLoggerFactory.Instance).Watchdog is not null).ShouldBe(isOn);
    }

    /// <summary>The loop waits exactly so long; its next comparison is over when the next wait begins.</summary>
    private async Task MoveAsync(TimeSpan wait)
    {
        await _time.WaitForTimerAsync(wait);
        _time.Advance(wait);
    }

    private sealed class Counted : ICacheComparison
    {
        public ComparisonEnd End { get; set; }

        public int Runs { get; private set; }

        public Task<ComparisonEnd> RunAsync(CancellationToken cancellationToken)
        {
            Runs++;
            return Task.FromResult(End);
        }
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly Task _running;

        public Running(CacheWatchdog watchdog) => _running = watchdog.RunAsync(_ending.Token);

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await _running.Within();
            _ending.Dispose();
        }
    }
}
