using System.Globalization;
using Gateway.Core.Diagnostics;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Redis;
using Gateway.Core.Registry.Projection;

namespace Gateway.Tests.Redis;

/// <summary>One loop exchanges everything; batches, not items, cost calls.</summary>
public sealed class RedisExchangeTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _ending = new();
    private readonly MetricsRecorder _recorder = new();
    private RedisUnderTest _redis = null!;
    private RedisConnection _connection = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisUnderTest.StartAsync();
        _connection = await _redis.ConnectAsync(_recorder);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.Within();
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
        _recorder.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task EverySecondAllPartsExchangeAndAPartThatHasSomethingToSendDoesSoAtOnceAndAlone()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var (one, two) = (new Part(), new Part());
        _running = new RedisExchange(_connection, time, one, two).RunAsync(_ending.Token);
        await one.Exchanged(1);
        await two.Exchanged(1);
        one.Wake!();
        await one.Exchanged(2);
        two.Exchanges.ShouldBe(1);

        // What wakes one part does not put off the second of the others.
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));
        await one.Exchanged(3);
        await two.Exchanged(2);
        await _ending.CancelAsync();
        await _running.Within();
        (one.HasLeft, two.HasLeft).ShouldBe((true, true));
    }

    [Fact]
    public async Task WhenRedisIsBackEverythingIsReadAgain()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var part = new Part();
        _running = new RedisExchange(_connection, time, part).RunAsync(_ending.Token);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        (part.Exchanges, part.Rereads).ShouldBe((1, 0));
        await _redis.KillAsync();
        await _connection.UntilAsync(isAvailable: false);
        time.Advance(TimeSpan.FromSeconds(1));
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        (part.Exchanges, part.Rereads).ShouldBe((1, 0));
        await _redis.StartAgainAsync();
        await _connection.UntilAsync(isAvailable: true);
        time.Advance(TimeSpan.FromSeconds(1));
        await part.Exchanged(2);
        part.Rereads.ShouldBe(1);
    }

    [Fact]
    public async Task ThousandsOfNotesCostAFewCallsAndAllArrive()
    {
        const int Notes = 5000;
        var (here, there) = (new RedisPostLog(_connection), new RedisPostLog(_connection));
        var before = await ScriptCallsAsync();
        for (var i = 0; i < Notes; i++)
            here.Note(i.ToString("x32"), DateTimeOffset.UtcNow);
        await here.ExchangeAsync().Within();
        (await ScriptCallsAsync() - before).ShouldBeLessThanOrEqualTo(12);
        await there.ExchangeAsync().Within();
        Enumerable.Range(0, Notes).ShouldAllBe(i => there.LastPost(i.ToString("x32")) != null);
    }

    [Fact]
    public async Task NotesThatComeOneByOneDoNotReturnTheNotesBeforeThemEachTime()
    {
        const int Notes = 500;
        var here = new RedisPostLog(_connection);
        await here.ExchangeAsync().Within();
        var before = long.Parse(await StatAsync("total_net_output_bytes"), CultureInfo.InvariantCulture);
        for (var i = 0; i < Notes; i++)
        {
            here.Note(i.ToString("x32"), DateTimeOffset.UtcNow);
            await here.ExchangeAsync().Within();
        }

        // A note is some 60 bytes; each with all before it would be 7 MB.
        (long.Parse(await StatAsync("total_net_output_bytes"), CultureInfo.InvariantCulture) - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public async Task NotesWhileRedisIsAwayAreBoundedAndTheNewestArrive()
    {
        var (here, there) = (new RedisPostLog(_connection), new RedisPostLog(_connection));
        const int Notes = 101_000;
        for (var i = 0; i < Notes; i++)
            here.Note(i.ToString("x32"), DateTimeOffset.UtcNow);
        _recorder["registry.redis.dropped store=posts"].ShouldBe(1000);
        here.LastPost(0.ToString("x32")).ShouldNotBeNull("this replica knows its own");
        here.Wake = static () => { };
        for (var i = 0; i < 6; i++)
            await here.ExchangeAsync().Within();
        await there.ExchangeAsync().Within();
        there.LastPost((Notes - 1).ToString("x32")).ShouldNotBeNull();
        there.LastPost(0.ToString("x32")).ShouldBeNull();
    }

    [Fact]
    public async Task WhatManyPutAtTheSameTimeIsSentInAFewCalls()
    {
        var (here, there) = (new RedisApplicationStore(_connection, new(), TimeProvider.System), new RedisApplicationStore(_connection, new(), TimeProvider.System));
        const int Puts = 500;
        var before = await ScriptCallsAsync();
        await Task.WhenAll(Enumerable.Range(0, Puts).Select(i => here.PutAsync(new ApplicationName("shop", "app"), $"com.example.I{i}").AsTask())).Within();
        (await ScriptCallsAsync() - before).ShouldBeLessThanOrEqualTo(50);
        await there.ExchangeAsync().Within();
        Enumerable.Range(0, Puts).ShouldAllBe(i => there.ApplicationsOf("shop", $"com.example.I{i}").Count == 1);
    }

    private async Task<long> ScriptCallsAsync()
    {
        (await _connection.TryAsync(static database => database.ExecuteAsync("INFO", "commandstats"))).TryGet(out var result).ShouldBeTrue();
        return ((string)result!).Split("\r\n").Where(static line => line.StartsWith("cmdstat_eval"))
            .Sum(static line => long.Parse(line.Split("calls=")[1].Split(',')[0]));
    }

    private async Task<string> StatAsync(string name)
    {
        (await _connection.TryAsync(static database => database.ExecuteAsync("INFO", "stats"))).TryGet(out var result).ShouldBeTrue();
        return ((string)result!).Split("\r\n").Single(line => line.StartsWith(name + ":", StringComparison.Ordinal)).Split(':')[1];
    }

    private sealed class Part : IExchanged
    {
        private readonly Lock _gate = new();
        private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
        private int _rereads;

        public Action? Wake { get; set; }

        public int Exchanges { get; private set; }

        public int Rereads => Volatile.Read(ref _rereads);

        public bool HasLeft { get; private set; }

        public Task Exchanged(int count)
        {
            lock (_gate)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (Exchanges >= count)
                    reached.SetResult();
                else
                    _waiting.Add((count, reached));
                return reached.Task.Within();
            }
        }

        public Task ExchangeAsync()
        {
            lock (_gate)
            {
                Exchanges++;
                foreach (var (count, reached) in _waiting)
                {
                    if (Exchanges >= count)
                        reached.TrySetResult();
                }
            }

            return Task.CompletedTask;
        }

        public void ReadAllAgain() => Interlocked.Increment(ref _rereads);

        public Task LeaveAsync()
        {
            HasLeft = true;
            return Task.CompletedTask;
        }
    }
}
