using Gateway.Core.Diagnostics;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projection;

namespace Gateway.Tests.Redis;

/// <summary>The loops that exchange with Redis wait by the injected time, and are woken before it by what there is to send.</summary>
public sealed class ExchangeTimeTests : IAsyncLifetime
{
    private static readonly string Id = new('a', 32);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly CancellationTokenSource _ending = new();
    private readonly MetricsRecorder _recorder = new();
    private readonly GatewayMetrics _metrics;
    private RedisUnderTest _redis = null!;
    private RedisConnection _connection = null!;
    private Task _running = Task.CompletedTask;

    public ExchangeTimeTests() => _metrics = new GatewayMetrics(_recorder);

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisUnderTest.StartAsync();
        _connection = await _redis.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.Within();
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
        _metrics.Dispose();
        _recorder.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task PostsOfOthersAreReadAfterASecondOfTheInjectedTime()
    {
        var (here, there) = (new RedisPostLog(_connection), new RedisPostLog(_connection));
        var noted = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        here.Noted += id => noted.TrySetResult(id);
        _running = new RedisExchange(_connection, _time, here).RunAsync(_ending.Token);
        await _time.WaitForTimerAsync(PollInterval);

        there.Note(Id, DateTimeOffset.UtcNow);
        await there.ExchangeAsync().Within();
        noted.Task.IsCompleted.ShouldBeFalse();
        _time.Advance(PollInterval);
        (await noted.Task.Within()).ShouldBe(Id);
    }

    [Fact]
    public async Task APostIsSentAtOnce()
    {
        var (here, there) = (new RedisPostLog(_connection), new RedisPostLog(_connection));
        var noted = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        there.Noted += id => noted.TrySetResult(id);
        _running = Task.WhenAll(
            new RedisExchange(_connection, _time, here).RunAsync(_ending.Token), new RedisExchange(_connection, TimeProvider.System, there).RunAsync(_ending.Token));
        await _time.WaitForTimerAsync(PollInterval);
        here.Note(Id, DateTimeOffset.UtcNow);
        (await noted.Task.Within()).ShouldBe(Id, "the time of the replica that sends it was not moved");
    }

    [Fact]
    public async Task ARenewalIsSentAtOnceByTheLoopOfLeasesAlone()
    {
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, _time);
        _running = leases.RunAsync(_ending.Token);
        var renewing = leases.RenewAsync("a", TimeSpan.FromMinutes(5), CancellationToken.None).AsTask();
        await _time.WaitForTimerAsync(TimeSpan.FromMilliseconds(5));
        renewing.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(5));
        await renewing.Within();
    }

    [Fact]
    public async Task EightRenewalsAreSentInOneCallWithoutWaitingForMore()
    {
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, _time);
        _running = leases.RunAsync(_ending.Token);
        var first = leases.RenewAsync("lease-0", TimeSpan.FromMinutes(5), CancellationToken.None).AsTask();
        await _time.WaitForTimerAsync(TimeSpan.FromMilliseconds(5));
        var others = Enumerable.Range(1, 7).Select(i => leases.RenewAsync($"lease-{i}", TimeSpan.FromMinutes(5), CancellationToken.None).AsTask()).ToList();
        await Task.WhenAll([first, .. others]).Within();
        _recorder["registry.redis.lease.batches"].ShouldBe(1, "time was not moved, and they shared a call");
    }

    [Fact]
    public async Task FewerRenewalsShareACallAfterFiveMilliseconds()
    {
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, _time);
        _running = leases.RunAsync(_ending.Token);
        var first = leases.RenewAsync("lease-0", TimeSpan.FromMinutes(5), CancellationToken.None).AsTask();
        await _time.WaitForTimerAsync(TimeSpan.FromMilliseconds(5));
        var others = Enumerable.Range(1, 6).Select(i => leases.RenewAsync($"lease-{i}", TimeSpan.FromMinutes(5), CancellationToken.None).AsTask()).ToList();
        others.ShouldAllBe(static renewing => !renewing.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        await Task.WhenAll([first, .. others]).Within();
        _recorder["registry.redis.lease.batches"].ShouldBe(1);
    }

    [Fact]
    public async Task AThousandRenewalsThatWaitAreOneCall()
    {
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, _time);
        var renewing = Enumerable.Range(0, 999).Select(i => leases.RenewAsync($"lease-{i}", TimeSpan.FromMinutes(5), CancellationToken.None).AsTask()).ToList();
        _running = leases.RunAsync(_ending.Token);
        await Task.WhenAll(renewing).Within();
        _recorder["registry.redis.lease.batches"].ShouldBe(1);
    }

    [Fact]
    public async Task ALapsedLeaseIsFoundByTheExchangeOfASecondWithoutALoopOfItsOwn()
    {
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, _time);
        leases.Expect("a", TimeSpan.FromMilliseconds(1));
        _running = new RedisExchange(_connection, _time, leases).RunAsync(_ending.Token);
        var lapsed = leases.UntilAsync(static all => all.StateOf("a").HasLapsed);
        while (!lapsed.IsCompleted)
        {
            await _time.WaitForTimerAsync(PollInterval);
            _time.Advance(PollInterval);
        }

        await lapsed.Within();
    }

    [Fact]
    public async Task AHeartbeatDoesNotWaitForAPartOfTheExchangeThatIsSlow()
    {
        using var leases = new RedisLeaseStore(_connection, new LeaseOptions(), _metrics, TimeProvider.System);
        var slow = new SlowPart();
        _running = Task.WhenAll(
            leases.RunAsync(_ending.Token), new RedisExchange(_connection, TimeProvider.System, leases, slow).RunAsync(_ending.Token));
        await slow.Begun.Task.Within();
        await leases.RenewAsync("a", TimeSpan.FromMinutes(5), CancellationToken.None).AsTask().Within();
        slow.End.SetResult();
    }

    private sealed class SlowPart : IExchanged
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Action? Wake { get; set; }

        public Task ExchangeAsync()
        {
            Begun.TrySetResult();
            return End.Task;
        }
    }
}
