using Gateway.Core.Diagnostics;
using Gateway.Core.Election;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.Kubernetes.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Election;

/// <summary>One replica at a time leads, by its own clock, whatever becomes of the others; time is moved by hand.</summary>
public sealed class LeaderElectionTests : IAsyncLifetime
{
    private static readonly ElectionOptions Options = new() { Namespace = "shop", Duration = TimeSpan.FromSeconds(15) };
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly List<KubernetesApi> _apis = [];
    private SmallCluster _small = null!;

    public async ValueTask InitializeAsync() => _small = await SmallCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _apis.ForEach(static api => api.Dispose());
        await _small.DisposeAsync();
    }

    [Fact]
    public async Task WhoComesFirstLeadsAndTheOthersDoNot()
    {
        var (one, two) = (Candidate(), Candidate());
        await StepAsync(one, two);
        one.CurrentTerm.ShouldBe(1);
        two.CurrentTerm.ShouldBeNull();
        Holder().ShouldBe(one.Identity);
    }

    [Fact]
    public async Task ALeaderThatRenewsStaysOneInTheSameTerm()
    {
        var (one, two) = (Candidate(), Candidate());
        for (var step = 0; step < 20; step++)
        {
            await StepAsync(one, two);
            _time.Advance(2 * Second);
        }

        one.CurrentTerm.ShouldBe(1);
        two.CurrentTerm.ShouldBeNull();
    }

    [Fact]
    public async Task ALeaderThatIsCutOffStopsBeforeAnotherBegins()
    {
        var (one, two) = (Candidate(), Candidate());
        await StepAsync(one, two);
        var bothLed = false;
        for (var second = 0; second < 30; second++)
        {
            _time.Advance(Second);
            await StepAsync(two);
            bothLed |= one.CurrentTerm is not null && two.CurrentTerm is not null;
            if (second == 8)
                one.CurrentTerm.ShouldBe(1, "it trusts itself for two thirds of the duration");
        }

        bothLed.ShouldBeFalse();
        one.CurrentTerm.ShouldBeNull();
        two.CurrentTerm.ShouldBe(2);

        // Whoever was cut off finds another in the lead when it is back.
        await StepAsync(one);
        one.CurrentTerm.ShouldBeNull();
        Holder().ShouldBe(two.Identity);
    }

    [Fact]
    public async Task AnApiServerThatIsAwayEndsALeadInTime()
    {
        var one = Candidate();
        await StepAsync(one);
        _small.Cluster.Faults.RefuseConnections();
        _time.Advance(5 * Second);
        await StepAsync(one);
        one.CurrentTerm.ShouldBe(1);
        _time.Advance(6 * Second);
        await StepAsync(one);
        one.CurrentTerm.ShouldBeNull();
        _small.Cluster.Faults.AcceptConnections();
        await StepAsync(one);
        one.CurrentTerm.ShouldBe(1, "nobody else led meanwhile");
    }

    [Fact]
    public async Task AnAnswerThatCannotBeReadIsWaitedOut()
    {
        using var api = new KubernetesApi(
            new ClusterConnection { BaseAddress = new Uri("https://api.example/"), Channel = new BrokenChannel(null, "<html>a proxy's page</html>") }, new(), new GatewayMetrics());
        var one = new LeaderElection(api, new ClusterConnection { BaseAddress = _small.Cluster.Url }, Options, _time, NullLogger<LeaderElection>.Instance);
        await StepAsync(one);
        one.CurrentTerm.ShouldBeNull();
    }

    [Fact]
    public async Task OfManyThatStandAtOnceOneLeads()
    {
        var candidates = Enumerable.Range(0, 12).Select(_ => Candidate()).ToArray();
        await Task.WhenAll(candidates.Select(static candidate => candidate.StepAsync(CancellationToken.None))).Within();
        await StepAsync(candidates);
        var leader = candidates.Where(static candidate => candidate.CurrentTerm is not null).ShouldHaveSingleItem();
        Holder().ShouldBe(leader.Identity);
    }

    [Fact]
    public async Task WhoStopsGivesTheLeadUpAtOnce()
    {
        var (one, two) = (Candidate(), Candidate());
        using var ending = new CancellationTokenSource();
        var running = one.RunAsync(ending.Token);
        await UntilAsync(() => one.CurrentTerm is not null);
        await StepAsync(two);
        two.CurrentTerm.ShouldBeNull();
        await ending.CancelAsync();
        await running.Within();
        await StepAsync(two);
        two.CurrentTerm.ShouldBe(2);
    }

    [Theory]
    [InlineData("", "registry", 1)]
    [InlineData("..", "registry", 1)]
    [InlineData("a/b", "registry", 1)]
    [InlineData("Gateway", "a.b", 2)]
    [InlineData("registry-gateway", "..", 1)]
    [InlineData("registry-gateway", "%2e", 1)]
    [InlineData("registry-gateway.v1", "registry", 0)]
    [InlineData("registry-gateway", "", 0)]
    public void ALeaseThatCannotBeIsAFaultOfTheSettings(string name, string ns, int faults) =>
        new ElectionOptions { Name = name, Namespace = ns }.Validate().Count().ShouldBe(faults);

    private static async Task StepAsync(params LeaderElection[] candidates)
    {
        foreach (var candidate in candidates)
            await candidate.StepAsync(CancellationToken.None).Within();
    }

    private static async Task UntilAsync(Func<bool> met)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!met())
            await poll.WaitForNextTickAsync(deadline.Token);
    }

    private LeaderElection Candidate()
    {
        var connection = new ClusterConnection { BaseAddress = _small.Cluster.Url, NeverUsesProxy = true };
        var api = new KubernetesApi(connection, new KubernetesOptions(), new GatewayMetrics(), TimeProvider.System);
        _apis.Add(api);
        return new LeaderElection(api, connection, Options, _time, NullLogger<LeaderElection>.Instance);
    }

    private string? Holder() => (string?)_small.Get(ResourceKinds.Leases, Options.Name)?["spec"]?["holderIdentity"];
}
