using Gateway.Core.Kubernetes.Client;

namespace Gateway.Tests.Identity;

public sealed class CallGateTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task NoMoreCallsThanTheLimitRunAtOnce()
    {
        var gate = new CallGate(2, TimeSpan.FromSeconds(10), _time);
        var first = await gate.EnterAsync("a", TestContext.Current.CancellationToken);
        var second = await gate.EnterAsync("a", TestContext.Current.CancellationToken);
        var third = gate.EnterAsync("a", TestContext.Current.CancellationToken).AsTask();

        gate.InFlight.ShouldBe(2);
        gate.Waiting.ShouldBe(1);
        third.IsCompleted.ShouldBeFalse();

        first!.Dispose();
        (await third.Within()).ShouldNotBeNull();
        gate.InFlight.ShouldBe(2);
        first.Dispose();
        gate.InFlight.ShouldBe(2, "a permit is given back once");
        second!.Dispose();
        (await third)!.Dispose();
        gate.InFlight.ShouldBe(0);
    }

    [Fact]
    public async Task ACallerHasSoManyWaitingCallsAndAllHaveSoMany()
    {
        var gate = new CallGate(1, TimeSpan.FromSeconds(10), _time, maxWaiting: 3, maxWaitingPerCaller: 2);
        using var running = await gate.EnterAsync("a", TestContext.Current.CancellationToken);
        Task<CallPermit?> EnterAsync(string caller) => gate.EnterAsync(caller, TestContext.Current.CancellationToken).AsTask();
        var (first, second) = (EnterAsync("a"), EnterAsync("a"));

        (await EnterAsync("a").Within()).ShouldBeNull("two of this caller wait");
        var other = EnterAsync("b");
        other.IsCompleted.ShouldBeFalse("another caller may wait");
        (await EnterAsync("c").Within()).ShouldBeNull("three of all callers wait");

        running!.Dispose();
        (await first.Within())!.Dispose();
        (await other.Within())!.Dispose();
        (await second.Within())!.Dispose();
        (await EnterAsync("a").Within()).ShouldNotBeNull();
    }

    [Fact]
    public async Task CallersTakeTurnsHoweverManyCallsOneOfThemHas()
    {
        var gate = new CallGate(1, TimeSpan.FromSeconds(10), _time);
        var running = await gate.EnterAsync("busy", TestContext.Current.CancellationToken);
        var busy = Enumerable.Range(0, 5).Select(_ => gate.EnterAsync("busy", TestContext.Current.CancellationToken).AsTask()).ToList();
        var other = gate.EnterAsync("other", TestContext.Current.CancellationToken).AsTask();

        running!.Dispose();
        (await busy[0].Within())!.Dispose();
        (await other.Within()).ShouldNotBeNull("after one of the busy caller's it is the other's turn");
        busy[1].IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task WhoWaitsTooLongGoesWithoutAPermitAndTakesNobodysPlace()
    {
        var gate = new CallGate(1, TimeSpan.FromSeconds(10), _time);
        var running = await gate.EnterAsync("a", TestContext.Current.CancellationToken);
        var late = gate.EnterAsync("b", TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(5));
        var later = gate.EnterAsync("c", TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(5));

        (await late.Within()).ShouldBeNull();
        running!.Dispose();
        (await later.Within()).ShouldNotBeNull();
        gate.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task ACancelledWaiterLeavesNothingBehind()
    {
        var gate = new CallGate(1, TimeSpan.FromSeconds(10), _time);
        var running = await gate.EnterAsync("a", TestContext.Current.CancellationToken);
        using var cancel = new CancellationTokenSource();
        var waiting = gate.EnterAsync("b", cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        running!.Dispose();
        gate.InFlight.ShouldBe(0);
        (await gate.EnterAsync("c", TestContext.Current.CancellationToken)).ShouldNotBeNull();
    }

    [Fact]
    public async Task PermitsSurviveAnyMixOfWaitingAndCancelling()
    {
        var gate = new CallGate(4, TimeSpan.FromSeconds(30), TimeProvider.System);
        var most = 0;
        var inside = 0;
        var random = new Random(7);
        var plans = Enumerable.Range(0, 2000).Select(_ => (Caller: $"c{random.Next(5)}", Cancels: random.Next(3) == 0)).ToList();
        await Task.WhenAll(plans.Select(plan => Task.Run(async () =>
        {
            using var cancel = new CancellationTokenSource();
            var entering = gate.EnterAsync(plan.Caller, cancel.Token).AsTask();
            if (plan.Cancels)
                await cancel.CancelAsync();
            try
            {
                using var permit = await entering;
                InterlockedMax(ref most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            }
            catch (OperationCanceledException) when (plan.Cancels)
            {
            }
        }))).Within();

        most.ShouldBeLessThanOrEqualTo(4);
        gate.InFlight.ShouldBe(0);
        gate.Waiting.ShouldBe(0);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
