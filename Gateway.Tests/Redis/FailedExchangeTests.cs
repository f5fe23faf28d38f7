using Gateway.Core.Diagnostics;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Leases;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>An exchange with Redis that fails by a bug loses nothing of what it was to hand over: the next one does.</summary>
public sealed class FailedExchangeTests : IAsyncLifetime
{
    private static readonly string First = new('a', 32);
    private static readonly string Second = new('b', 32);

    private readonly CancellationTokenSource _ending = new();
    private readonly FailingTime _time = new();
    private readonly ManualTimeProvider _pauses = new();
    private readonly MetricsRecorder _recorder = new();
    private readonly GatewayMetrics _metrics;
    private readonly LoopSupervisor _loops;
    private readonly List<Task> _running = [];
    private RedisUnderTest _redis = null!;
    private RedisConnection _failing = null!;
    private RedisConnection _other = null!;

    public FailedExchangeTests()
    {
        _metrics = new(_recorder);
        _loops = Supervised.Loops(_pauses, _metrics);
    }

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisUnderTest.StartAsync();
        _failing = new RedisConnection(new RedisOptions { Configuration = _redis.Configuration }, _metrics, _loops, NullLogger<RedisConnection>.Instance, _time);
        await _failing.UntilAsync(isAvailable: true);
        _other = await _redis.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _failing.DisposeAsync();
        await _other.DisposeAsync();
        await _redis.DisposeAsync();
        _metrics.Dispose();
        _recorder.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task APostThatWasNotHandedOverIsHandedOverByTheNextExchange()
    {
        var posts = new RedisPostLog(_failing);
        await FailNextCallAsync(nameof(RedisPostLog));
        posts.Note(First, DateTimeOffset.UtcNow);
        Run("posts", new RedisExchange(_failing, TimeProvider.System, posts).RunAsync);
        await FailedAsync("posts");
        await UntilAsync(() => posts.Note(Second, DateTimeOffset.UtcNow), static database => database.HashExistsAsync(RedisKeys.Default.PostTimes, First));
    }

    [Fact]
    public async Task AHeartbeatThatWasNotHandedOverIsHandedOverByTheNextExchange()
    {
        using var leases = new RedisLeaseStore(_failing, new LeaseOptions(), _metrics, TimeProvider.System);
        await FailNextCallAsync(nameof(LeaseScript));
        _ = leases.RenewAsync("a", TimeSpan.FromMinutes(5), CancellationToken.None);
        Run("leases", leases.RunAsync);
        await FailedAsync("leases");
        await UntilAsync(
            () => leases.Expect(Guid.NewGuid().ToString("n"), TimeSpan.FromMinutes(5)),
            static async database => await database.SortedSetScoreAsync(RedisKeys.Default.LeaseDeadlines, "a") is not null);
        await StopAsync();
    }

    [Fact]
    public async Task ALapseThatCouldNotBeToldIsToldAgain()
    {
        using var one = new RedisLeaseStore(_other, new LeaseOptions(), _metrics, TimeProvider.System);
        var told = new TaskCompletionSource<IReadOnlyCollection<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var hasFailed = false;
        one.Changed += ids =>
        {
            if (hasFailed)
                told.TrySetResult(ids);
            hasFailed = true;
            if (!told.Task.IsCompleted)
                throw new InvalidOperationException("a bug");
        };
        Run("leases", one.RunAsync);
        Run("exchange", new RedisExchange(_other, TimeProvider.System, one).RunAsync);
        one.Expect("a", TimeSpan.FromMilliseconds(100));
        await _pauses.WaitForTimersAsync(1);
        _pauses.Advance(TimeSpan.FromMinutes(1));
        (await told.Task.Within()).ShouldBe(["a"]);
        await StopAsync();
    }

    [Fact]
    public async Task WhatAnApplicationSaidIsHandedOverByTheNextExchange()
    {
        var applications = new RedisApplicationStore(_failing, new(), TimeProvider.System);
        await FailNextCallAsync(nameof(RedisApplicationStore));
        await applications.PutAsync(new ApplicationName("shop", "app"), "com.example.A").AsTask().ShouldThrowAsync<InvalidOperationException>();
        await ForgetAllAsync();
        Run("applications", new RedisExchange(_failing, TimeProvider.System, applications).RunAsync);
        await UntilAsync(static () => { }, static async database => await database.HashLengthAsync(RedisKeys.Default.ApplicationFacts) > 0);
    }

    /// <summary>Waits for the failure; then Redis knows nothing of what that exchange may have carried, and the loop goes on.</summary>
    private async Task FailedAsync(string loop)
    {
        await _pauses.WaitForTimersAsync(1);
        _recorder[$"registry.loop.failures loop={loop}"].ShouldBe(1);
        await ForgetAllAsync();
        _pauses.Advance(TimeSpan.FromMinutes(1));
    }

    /// <summary>The next call of that type fails after it was sent: a server that pauses has not answered it yet.</summary>
    private async Task FailNextCallAsync(string type)
    {
        (await _other.TryAsync(static database => database.ExecuteAsync("CLIENT", "PAUSE", "200", "ALL"))).HasValue.ShouldBeTrue();
        _time.FailIn(type);
    }

    private async Task ForgetAllAsync()
    {
        // What was sent before has been carried out when this is answered.
        (await _failing.TryAsync(static database => database.PingAsync())).HasValue.ShouldBeTrue();
        (await _other.TryAsync(static database => database.ExecuteAsync("FLUSHALL"))).HasValue.ShouldBeTrue();
    }

    private async Task StopAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_running).Within();
    }

    private async Task UntilAsync(Action exchange, Func<IDatabase, Task<bool>> isThere)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (!((await _other.TryAsync(isThere)).TryGet(out var found) && found))
        {
            deadline.Token.ThrowIfCancellationRequested();
            exchange();
        }
    }

    private void Run(string name, Func<CancellationToken, Task> run) => _running.Add(_loops.RunAsync(new BackgroundLoop(name, run), _ending.Token));

    /// <summary>The system's time, but for one timer that cannot be made: the next one that some type asks for.</summary>
    private sealed class FailingTime : TimeProvider
    {
        private string? _type;

        public void FailIn(string type) => Volatile.Write(ref _type, type);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (Volatile.Read(ref _type) is { } type && Environment.StackTrace.Contains($"{type}.", StringComparison.Ordinal)
                && Interlocked.CompareExchange(ref _type, null, type) == type)
                throw new InvalidOperationException("a bug");
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
