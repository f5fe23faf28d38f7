using Gateway.Core.Leases;
using Gateway.Core.Registration;

namespace Gateway.Tests.Registration;

/// <summary>A POST renews the leases of everything that it registers; the leases may be those of a store that answers late.</summary>
public sealed class RenewalOfPostsTests : IDisposable
{
    private static readonly RegistrationRequest[] Requests =
        [.. Enumerable.Range(1, 3).Select(static i => WritingWorld.Request($"service-{i}") with { Ttl = 30 })];

    private readonly WritingWorld _world = new();
    private readonly LateLeases _leases = new();

    private RegistrationService Service => _world.Replica.ServiceOf(_world.Replica.RenewalsOf(_leases));

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task TheLeasesOfOnePostAreRenewedTogether()
    {
        var registering = Service.RegisterAsync(_world.Self, Requests, TestContext.Current.CancellationToken);
        await _leases.AskedAsync(1);
        _leases.Asked.ShouldBe([.. _world.Own.Keys.Select(static id => new LeaseRenewal(id, TimeSpan.FromSeconds(30)))], ignoreOrder: true);
        _leases.Answer();
        (await registering.Within()).Value.Items.Length.ShouldBe(Requests.Length);
    }

    [Fact]
    public async Task AWriteIsAuditedAndNotedThoughItsCallerLeavesBeforeItsLeasesAreRenewed()
    {
        using var leaving = new CancellationTokenSource();
        var registering = Service.RegisterAsync(_world.Self, Requests, leaving.Token);
        await _leases.AskedAsync(1);
        await leaving.CancelAsync();
        await registering.Within().ShouldThrowAsync<OperationCanceledException>();

        _world.Replica.AuditLog.Lines.ShouldHaveSingleItem().Id.ShouldBe(1610);
        foreach (var id in _world.Own.Keys)
            _world.Replica.Posts.LastPost(id).ShouldNotBeNull();
        _world.Own.Count.ShouldBe(Requests.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARenewalThatFailsIsLoggedOnceWhetherItsCallerIsStillThereOrNotAndTheWriteIsAnswered(bool leaves)
    {
        using var leaving = new CancellationTokenSource();
        var registering = Service.RegisterAsync(_world.Self, Requests, leaving.Token);
        await _leases.AskedAsync(1);
        if (leaves)
        {
            await leaving.CancelAsync();
            await registering.Within().ShouldThrowAsync<OperationCanceledException>();
        }

        _leases.Fail(new InvalidOperationException("a bug of the leases"));
        await _world.Replica.Loops.SettleAsync().Within();
        if (!leaves)
            (await registering.Within()).Value.Items.Length.ShouldBe(Requests.Length);
        _world.Replica.LoopLog.Lines.ShouldHaveSingleItem().Id.ShouldBe(2303);
        _world.Own.Count.ShouldBe(Requests.Length);
    }

    private sealed class LateLeases : ILeaseStore
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _asked = new(0);

        public event Action<IReadOnlyCollection<string>>? Changed
        {
            add { }
            remove { }
        }

        public async Task AskedAsync(int times)
        {
            for (var i = 0; i < times; i++)
                (await _asked.WaitAsync(Patience.Limit)).ShouldBeTrue();
        }

        public void Answer() => _answered.SetResult();

        public void Fail(Exception bug) => _answered.SetException(bug);

        /// <summary>The renewals of the last call.</summary>
        public IReadOnlyList<LeaseRenewal> Asked { get; private set; } = [];

        public ValueTask RenewAsync(string id, TimeSpan ttl, CancellationToken cancellationToken) => RenewAsync([new(id, ttl)], cancellationToken);

        public async ValueTask RenewAsync(IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancellationToken)
        {
            Asked = renewals;
            _asked.Release();
            await _answered.Task.WaitAsync(cancellationToken);
        }

        public void Expect(string id, TimeSpan ttl)
        {
        }

        public LeaseState StateOf(string id) => default;

        public void Forget(string id)
        {
        }

        public void Freeze(bool isFrozen)
        {
        }

        public ValueTask<bool> ConfirmLapsedAsync(string id) => ValueTask.FromResult(false);
    }
}
