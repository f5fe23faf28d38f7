using Gateway.Core.Annotations.Records;
using Gateway.Core.Leases;
using Gateway.Core.Registration;
using Gateway.Core.Results;

namespace Gateway.Tests.Registration;

/// <summary>
/// A caller that hangs up, at whatever step of its write: what happened to the pod is audited, and what was registered is noted and has its lease.
/// Steps are every call to the API server, every answer of it, and every renewal of leases.
/// </summary>
public sealed class HangUpTests
{
    private const int MostSteps = 30;

    public static TheoryData<string, bool> Writes
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var verb in new[] { "register", "update", "deregister", "deregister all" })
            {
                data.Add(verb, false);
                data.Add(verb, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task EveryWriteThatHappenedIsAuditedNotedAndLeasedWhereverItsCallerHangsUp(string verb, bool losesAnswer)
    {
        var written = 0;
        for (var step = 1; step <= MostSteps; step++)
        {
            using var write = await HungUpWrite.RunAsync(verb, step, losesAnswer);
            write.ShouldBeAccountedFor();
            written += write.HasWritten ? 1 : 0;
            if (!write.HasHungUp)
            {
                step.ShouldBeGreaterThan(2);
                written.ShouldBeGreaterThan(1, "it was also written for callers that were gone");
                return;
            }
        }

        Assert.Fail("The write has no end.");
    }

    [Fact]
    public async Task ACallerThatLeavesWhileItsWriteIsNotVisibleLosesNothing()
    {
        using var world = new WritingWorld();
        using var leaving = new CancellationTokenSource();
        world.Replica.Stall();
        var registering = world.Service.RegisterAsync(world.Self, [WritingWorld.Request() with { Ttl = 30 }], leaving.Token);
        await world.Replica.AuditLog.WaitForAsync(1610);
        await leaving.CancelAsync();
        await registering.Within().ShouldThrowAsync<OperationCanceledException>();

        var id = world.Own.Keys.ShouldHaveSingleItem();
        world.Replica.Posts.LastPost(id).ShouldNotBeNull();
        world.Replica.Leases.StateOf(id).IsKnown.ShouldBeTrue();
    }

    [Fact]
    public async Task AWriteThatNoAnswerConfirmsIsAuditedAsOneThatMayHaveBeenApplied()
    {
        using var world = new WritingWorld();
        world.Server.Hold = static cancellationToken => Task.Delay(Timeout.Infinite, cancellationToken);
        var refused = world.RefusalAsync(WritingWorld.Request());
        await world.Time.WaitForTimerAsync(TimeSpan.FromSeconds(10));
        world.Time.Advance(TimeSpan.FromSeconds(10));
        (await refused).MayHaveBeenApplied.ShouldBeTrue();
        world.Replica.AuditLog.Lines.ShouldHaveSingleItem().Id.ShouldBe(1670);
    }

    /// <summary>One write of one world, whose caller hangs up at one step.</summary>
    private sealed class HungUpWrite : IDisposable
    {
        private readonly WritingWorld _world = new(time: TimeProvider.System);
        private readonly CancellationTokenSource _caller = new();
        private readonly int _leaveAt;
        private int _steps;

        private HungUpWrite(int leaveAt) => _leaveAt = leaveAt;

        public bool HasHungUp => _caller.IsCancellationRequested;

        public bool HasWritten { get; private set; }

        public static async Task<HungUpWrite> RunAsync(string verb, int leaveAt, bool losesAnswer)
        {
            var write = new HungUpWrite(leaveAt);
            await write.RunAsync(verb, losesAnswer);
            return write;
        }

        public void ShouldBeAccountedFor()
        {
            var lines = _world.Replica.AuditLog.Lines.Where(static line => line.Id == 1610).ToList();
            lines.Count.ShouldBe(HasWritten ? 1 : 0);
            foreach (var (id, _) in _world.Own)
            {
                _world.Replica.Leases.StateOf(id).IsKnown.ShouldBeTrue();
                _world.Replica.Posts.LastPost(id).ShouldNotBeNull();
            }

            if (HasWritten)
                lines[0].Members["Ids"].Length.ShouldBeGreaterThanOrEqualTo(32);
        }

        public void Dispose()
        {
            _caller.Dispose();
            _world.Dispose();
        }

        private async Task RunAsync(string verb, bool losesAnswer)
        {
            var id = verb == "register" ? "" : (await _world.RegisterAsync(WritingWorld.Request() with { Ttl = 30 })).Instance.Id;
            var before = _world.Pod.Metadata.Version;
            _world.Replica.AuditLog.Clear();
            if (losesAnswer)
                _world.Server.LoseNextAnswer();
            _world.Server.Hold = _ => StepAsync();
            _world.Server.Applied = Step;
            var service = _world.Replica.ServiceOf(_world.Replica.RenewalsOf(new SteppedLeases(_world.Replica.Leases, this)));
            try
            {
                await CallAsync(service, verb, id).Within();
            }
            catch (OperationCanceledException) when (HasHungUp)
            {
            }

            await _world.Replica.Loops.SettleAsync().Within();
            HasWritten = _world.Pod.Metadata.Version != before;
        }

        private async Task CallAsync(RegistrationService service, string verb, string id)
        {
            var token = _caller.Token;
            Refusal? refusal = verb switch
            {
                "register" => (await service.RegisterAsync(_world.Self, [WritingWorld.Request() with { Ttl = 30 }], token)).Refusal,
                "update" => (await service.UpdateAsync(_world.Self, null, RegistrationId.Parse(id), new() { Weight = 7 }, token)).Refusal,
                "deregister" => (await service.DeregisterAsync(_world.Self, null, RegistrationId.Parse(id), token)).Refusal,
                _ => (await service.DeregisterAllAsync(_world.Self, null, token)).Refusal,
            };
            if (!HasHungUp)
                refusal.ShouldBeNull();
        }

        private Task StepAsync()
        {
            Step();
            return Task.CompletedTask;
        }

        private void Step()
        {
            if (Interlocked.Increment(ref _steps) == _leaveAt)
                _caller.Cancel();
        }

        private sealed class SteppedLeases(MemoryLeaseStore leases, HungUpWrite write) : ILeaseStore
        {
            public event Action<IReadOnlyCollection<string>>? Changed
            {
                add => leases.Changed += value;
                remove => leases.Changed -= value;
            }

            public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken) => RenewAsync([new(id, ttl)], cancellationToken);

            public async ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken)
            {
                write.Step();
                cancellationToken.ThrowIfCancellationRequested();
                await leases.RenewAsync(renewals, cancellationToken);
                write.Step();
            }

            public void Expect(string id, TimeSpan ttl) => leases.Expect(id, ttl);

            public LeaseState StateOf(string id) => leases.StateOf(id);

            public void Forget(string id) => leases.Forget(id);

            public void Freeze(bool isFrozen) => leases.Freeze(isFrozen);

            public ValueTask<bool> ConfirmLapsedAsync(string id) => leases.ConfirmLapsedAsync(id);
        }
    }
}
