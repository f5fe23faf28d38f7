using Gateway.Core.Identity;
using Gateway.Core.Leases;
using Gateway.Core.Timing;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Timing;

/// <summary>A wall clock that is set an hour forward or back changes timestamps and nothing else.</summary>
public sealed class WallClockTests
{
    // What these read the wall clock for is read by others (a record, a note of a POST, a Lease, an Event, a saved state, the expiry of a credential, a date in a header).
    private static readonly string[] ReadIt =
    [
        "ClusterClient.cs", "ExecCredential.cs", "FacadeMetrics.cs", "GoneRegistrations.cs", "KubernetesApi.Leases.cs", "LeaderElection.cs", "NacosServer.cs", "RegistrationService.cs",
        "RegistryHistory.cs", "SavedRegistryStore.cs", "SavedRegistryWriter.cs", "SpringRefusal.cs", "SteadyTime.cs", "TokenAuthenticator.cs",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void SteadyTimePassesAsTimersDo(int hours)
    {
        var time = new ManualTimeProvider();
        var before = time.GetSteadyNow();
        time.JumpWallClock(TimeSpan.FromHours(hours));
        time.GetSteadyNow().ShouldBe(before);
        time.Advance(TimeSpan.FromSeconds(7));
        time.GetSteadyNow().ShouldBe(before + TimeSpan.FromSeconds(7));
        time.GetUtcNow().ShouldBe(before + TimeSpan.FromHours(hours) + TimeSpan.FromSeconds(7));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task ALeaseLapsesAfterItsTtlWhateverTheWallClockSays(int hours)
    {
        var time = new ManualTimeProvider();
        using var leases = new MemoryLeaseStore(Supervised.Loops(time), time);
        var ttl = TimeSpan.FromSeconds(30);
        leases.Expect("x", ttl);
        time.JumpWallClock(TimeSpan.FromHours(hours));
        time.Advance(TimeSpan.FromSeconds(29));
        leases.StateOf("x").HasLapsed.ShouldBeFalse();
        await leases.RenewAsync("x", ttl, TestContext.Current.CancellationToken);
        time.JumpWallClock(TimeSpan.FromHours(hours));
        time.Advance(TimeSpan.FromSeconds(29));
        leases.StateOf("x").HasLapsed.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(2));
        leases.StateOf("x").HasLapsed.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task AReviewIsCachedForItsTimeWhateverTheWallClockSays(int hours)
    {
        var time = new ManualTimeProvider();
        var cache = new ReviewCache<string>(10, time);
        await cache.GetAsync("x", () => Task.FromResult(new Review<string>("accepted", time.GetSteadyNow() + TimeSpan.FromSeconds(10))), TestContext.Current.CancellationToken);
        time.JumpWallClock(TimeSpan.FromHours(hours));
        time.Advance(TimeSpan.FromSeconds(9));
        cache.TryGet("x", out _).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(2));
        cache.TryGet("x", out _).ShouldBeFalse();
    }

    [Fact]
    public void OnlyWhatOthersReadHasTheTimeOfTheWallClock()
    {
        var readers = new[] { "Gateway.Core", "Gateway.Api" }.SelectMany(SourceTree.CSharpFiles)
            .Where(static file => File.ReadAllText(file).Contains("GetUtcNow()", StringComparison.Ordinal))
            .Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
        readers.ShouldBe(ReadIt.Order(StringComparer.Ordinal));
    }
}
