using Gateway.Core.Registry;
using Gateway.Core.Registry.Projecting;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>A change that waits 2 s to be published turns answers stale, whatever keeps the projector; time is moved by hand.</summary>
public sealed class UnpublishedChangeTests : IDisposable
{
    private readonly LogBookOf<RegistryProjector> _log = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly ProjectedRegistry _registry;
    private readonly Task _watching;

    public UnpublishedChangeTests()
    {
        _registry = new ProjectedRegistry(_log);
        _registry.Sync();
        _registry.Fold(Given.Pod("a", "10.1.0.1", Given.Record("a")));
        _watching = Task.Run(() => _registry.Projector.WatchAsync(_ending.Token));
    }

    [Fact]
    public async Task AChangeThatNoRoundTakesTurnsAnswersStaleUntilItIsPublished()
    {
        var before = _registry.State.Current;
        Change("b");
        await PassAsync(TimeSpan.FromSeconds(1.75));
        _registry.State.Current.ShouldBeSameAs(before);

        List<bool> told = [];
        using var listening = _registry.State.OnPublished((snapshot, _) => told.Add(snapshot.IsStale));
        await PassAsync(TimeSpan.FromSeconds(0.5));
        _registry.State.Current.IsStale.ShouldBeTrue();
        _registry.State.Current.Revision.ShouldBe(before.Revision, "the content is the same");
        _registry.State.Current.Services.ShouldBeSameAs(before.Services);
        await PassAsync(TimeSpan.FromSeconds(5));

        _registry.Fold();
        _registry.State.Current.IsStale.ShouldBeFalse();
        _registry.Instances().Length.ShouldBe(2);
        told.ShouldBe([true, false]);
        _log.Ids.ShouldBe([1500, 1510, 1511]);
    }

    [Fact]
    public async Task ARoundThatHangsTurnsAnswersStaleAndItsEndFresh()
    {
        using var hang = new Hang(_registry);
        Change("b");
        var round = Task.Run(_registry.Projector.Fold, TestContext.Current.CancellationToken);
        await hang.Entered.Within();
        await PassAsync(TimeSpan.FromSeconds(3));
        _registry.State.Current.IsStale.ShouldBeTrue();

        hang.Release();
        await round.Within();
        _registry.State.Current.IsStale.ShouldBeFalse();
        _registry.Instances().Length.ShouldBe(2);
    }

    [Fact]
    public async Task ARoundThatFailsTurnsAnswersStaleUntilItIsRepaired()
    {
        Change("b");
        _registry.OnRound = static () => throw new InvalidOperationException("a bug");
        Should.Throw<InvalidOperationException>(() => _registry.Projector.Fold());
        await PassAsync(TimeSpan.FromSeconds(3));
        _registry.State.Current.IsStale.ShouldBeTrue();

        _registry.OnRound = null;
        _registry.Fold().IsStale.ShouldBeFalse();
        _registry.Instances().Length.ShouldBe(2);
    }

    [Fact]
    public async Task WhatCameDuringALongRoundKeepsAnswersStale()
    {
        using var hang = new Hang(_registry);
        Change("b");
        var round = Task.Run(_registry.Projector.Fold, TestContext.Current.CancellationToken);
        await hang.Entered.Within();
        _registry.OnRound = null;
        _registry.Projector.Wake();
        await PassAsync(TimeSpan.FromSeconds(3));
        hang.Release();
        await round.Within();
        _registry.Instances().Length.ShouldBe(2);
        _registry.State.Current.IsStale.ShouldBeTrue();

        _registry.Fold().IsStale.ShouldBeFalse();
    }

    [Fact]
    public async Task ARoundThatChangesNothingMakesAnswersFreshAgain()
    {
        using var hang = new Hang(_registry);
        _registry.Projector.Wake();
        var round = Task.Run(_registry.Projector.Fold, TestContext.Current.CancellationToken);
        await hang.Entered.Within();
        await PassAsync(TimeSpan.FromSeconds(3));
        _registry.State.Current.IsStale.ShouldBeTrue();
        hang.Release();
        (await round.Within()).ShouldBeFalse();
        _registry.State.Current.IsStale.ShouldBeFalse();
    }

    [Fact]
    public async Task AClockThatJumpsProvesNothing()
    {
        Change("b");
        await _registry.Time.WaitForTimerAsync(RegistryProjector.WatchInterval);
        _registry.Time.Advance(RegistryProjector.WatchInterval);
        await _registry.Time.WaitForTimerAsync(RegistryProjector.WatchInterval);
        _registry.Fold();
        Change("c");
        _registry.Time.Advance(TimeSpan.FromMinutes(1));
        await _registry.Time.WaitForTimerAsync(RegistryProjector.WatchInterval);
        _registry.State.Current.IsStale.ShouldBeFalse();
    }

    [Fact]
    public async Task ALostApiServerStaysTheReasonWhileAChangeWaits()
    {
        Change("b");
        await PassAsync(TimeSpan.FromSeconds(3));
        _registry.IsLost = true;
        _registry.Fold().IsStale.ShouldBeTrue();
        _registry.IsLost = false;
        _registry.Fold().IsStale.ShouldBeFalse();
        _log.Ids.ShouldBe([1500, 1510, 1502, 1503]);
    }

    public void Dispose()
    {
        _ending.Cancel();
        _watching.Wait(Patience.Limit);
        _ending.Dispose();
        _registry.Dispose();
        _log.Dispose();
    }

    private void Change(string pod)
    {
        _registry.Put(Given.Pod(pod, "10.1.0.2", Given.Record(pod)));
        _registry.Projector.Wake();
    }

    /// <summary>Moves time check by check; each check is over when the next one is armed.</summary>
    private async Task PassAsync(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += RegistryProjector.WatchInterval)
        {
            await _registry.Time.WaitForTimerAsync(RegistryProjector.WatchInterval);
            _registry.Time.Advance(RegistryProjector.WatchInterval);
        }

        await _registry.Time.WaitForTimerAsync(RegistryProjector.WatchInterval);
    }

    /// <summary>Keeps the next round until it is released.</summary>
    private sealed class Hang : IDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Hang(ProjectedRegistry registry) => registry.OnRound = () =>
        {
            _entered.TrySetResult();
            _release.Wait(Patience.Limit);
        };

        public Task Entered => _entered.Task;

        public void Release() => _release.Set();

        public void Dispose() => _release.Dispose();
    }
}
