using Gateway.Core.Leases;

namespace Gateway.Tests.Leases;

public sealed class MemoryLeaseStoreTests : IDisposable
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly MemoryLeaseStore _leases;
    private readonly List<string> _changed = [];

    public MemoryLeaseStoreTests()
    {
        _leases = new MemoryLeaseStore(Supervised.Loops(_time), _time);
        _leases.Changed += _changed.AddRange;
    }

    public void Dispose() => _leases.Dispose();

    [Fact]
    public void ALapseThatCouldNotBeToldIsToldAgain()
    {
        var calls = 0;
        _leases.Changed += _ =>
        {
            if (++calls == 1)
                throw new InvalidOperationException("a bug");
        };
        _leases.Expect("x", Ttl);
        _leases.Expect("y", Ttl + TimeSpan.FromMilliseconds(500));
        _time.Advance(Ttl);
        calls.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(2));
        calls.ShouldBe(2);
        _changed.ShouldBe(["x", "x", "y"]);
    }

    [Fact]
    public void DeadlinesOfRemovedLeasesDoNotPileUp()
    {
        _leases.Expect("stays", Ttl);
        for (var number = 0; number < 10_000; number++)
        {
            _leases.Expect($"lease-{number}", TimeSpan.FromHours(1));
            _leases.Forget($"lease-{number}");
        }

        _leases.Queued.ShouldBeLessThan(2_000);
        _time.Advance(Ttl + TimeSpan.FromSeconds(1));
        _changed.ShouldBe(["stays"]);
    }

    [Fact]
    public void UnknownIsAlive()
    {
        _leases.StateOf("x").IsKnown.ShouldBeFalse();
        _leases.StateOf("x").HasLapsed.ShouldBeFalse();
    }

    [Fact]
    public void ItLapsesAFullTtlAfterFirstSightAndSaysSinceWhen()
    {
        var begun = _time.GetUtcNow();
        _leases.Expect("x", Ttl);
        _time.Advance(Ttl - TimeSpan.FromMilliseconds(1));
        _leases.StateOf("x").HasLapsed.ShouldBeFalse();
        _changed.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(1));
        _leases.StateOf("x").LapsedAt.ShouldBe(begun + Ttl);
        _changed.ShouldBe(["x"]);
    }

    [Fact]
    public void SeeingItAgainProlongsNothing()
    {
        _leases.Expect("x", Ttl);
        _time.Advance(TimeSpan.FromSeconds(20));
        _leases.Expect("x", Ttl);
        _time.Advance(TimeSpan.FromSeconds(11));
        _leases.StateOf("x").HasLapsed.ShouldBeTrue();
    }

    [Fact]
    public async Task HeartbeatsKeepItAliveAndOneAfterLapsingBringsItBack()
    {
        for (var beat = 0; beat < 20; beat++)
        {
            await Renew("x");
            _time.Advance(TimeSpan.FromSeconds(25));
        }

        _changed.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(10));
        _changed.ShouldBe(["x"]);
        await Renew("x");
        _changed.ShouldBe(["x", "x"]);
        _leases.StateOf("x").HasLapsed.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(31));
        _changed.Count.ShouldBe(3);
    }

    [Fact]
    public void NothingLapsesWhileFrozenAndEachHasAFullTtlAfterwards()
    {
        _leases.Expect("x", Ttl);
        _time.Advance(TimeSpan.FromSeconds(20));
        _leases.Freeze(true);
        _time.Advance(TimeSpan.FromHours(1));
        _leases.StateOf("x").HasLapsed.ShouldBeFalse();
        _leases.Freeze(false);
        _time.Advance(Ttl - TimeSpan.FromSeconds(1));
        _leases.Freeze(false);
        _changed.ShouldBeEmpty();
        _time.Advance(TimeSpan.FromSeconds(2));
        _changed.ShouldBe(["x"]);
    }

    [Fact]
    public void WhatHadLapsedBeforeHasLapsedOnlySinceTheThaw()
    {
        _leases.Expect("x", Ttl);
        _time.Advance(Ttl + TimeSpan.FromSeconds(1));
        _leases.Freeze(true);
        _time.Advance(TimeSpan.FromHours(1));
        _leases.StateOf("x").HasLapsed.ShouldBeTrue();
        _leases.Freeze(false);
        _leases.StateOf("x").LapsedAt.ShouldBe(_time.GetUtcNow());
        _changed.ShouldBe(["x"]);
    }

    [Fact]
    public async Task AShorterTtlCountsFromItsRenewalOn()
    {
        await Renew("x", TimeSpan.FromHours(1));
        await Renew("x", TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(6));
        _leases.StateOf("x").HasLapsed.ShouldBeTrue();
        _changed.ShouldBe(["x"]);
        await Renew("x", TimeSpan.FromHours(2));
        _time.Advance(TimeSpan.FromHours(1.5));
        _leases.StateOf("x").HasLapsed.ShouldBeFalse();
    }

    [Fact]
    public async Task AForgottenOneNeverLapsesAndIsBegunAnew()
    {
        await Renew("x");
        _time.Advance(TimeSpan.FromSeconds(20));
        _leases.Forget("x");
        _leases.Expect("x", Ttl);
        _time.Advance(TimeSpan.FromSeconds(20));
        _changed.ShouldBeEmpty();
        _leases.StateOf("x").HasLapsed.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(11));
        _changed.ShouldBe(["x"]);
        _leases.Forget("x");
        _leases.Count.ShouldBe(0);
    }

    [Fact]
    public async Task TenThousandLeasesAreOneTimerAndTheirHeartbeatsAllocateNothing()
    {
        var ids = Enumerable.Range(0, 10_000).Select(static i => $"lease-{i}").ToArray();
        foreach (var id in ids)
            await Renew(id);
        var allocated = 0L;
        for (var minute = 0; minute < 10; minute++)
        {
            for (var beat = 0; beat < 6; beat++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                foreach (var id in ids)
                    await Renew(id);
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                _time.Advance(TimeSpan.FromSeconds(10));
            }
        }

        _time.ActiveTimers.ShouldBe(1);
        _changed.ShouldBeEmpty();
        allocated.ShouldBeLessThan(ids.Length, "ten minutes of 10,000 leases");
        _time.Advance(Ttl);
        _changed.Count.ShouldBe(10_000);
        _changed.Distinct().Count().ShouldBe(10_000);
    }

    private ValueTask Renew(string id, TimeSpan? ttl = null) => _leases.RenewAsync(id, ttl ?? Ttl, TestContext.Current.CancellationToken);
}
