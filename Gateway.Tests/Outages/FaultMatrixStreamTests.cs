using Gateway.Emulator.Storage;

namespace Gateway.Tests.Outages;

/// <summary>Rows of the fault table in which a watch's bytes or events do not come as they were sent.</summary>
public sealed class FaultMatrixStreamTests
{
    private const int Disordered = 1119;

    [Theory]
    [InlineData(100)]
    [InlineData(300)]
    [InlineData(500)]
    public async Task AWatchThatIsCutInsideAFrameGoesOn(int bytes)
    {
        // Without probes there is nothing else that the bytes could be of.
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.Quick with { ProbeInterval = TimeSpan.FromMinutes(1) });
        registry.Small.Cluster.Requests.Clear();
        registry.Balancer.CutAfter(bytes);
        registry.Small.Change(ResourceKinds.Pods, "greeter-2", static pod => pod["metadata"]!["labels"]!["touched"] = "yes");
        await registry.Small.Cluster.Requests.WaitUntilAsync(static logged => logged.Request.IsWatch).Within();
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
        await registry.ChangeAsync();
        await registry.AgreeAsync();
        registry.ShouldNeverHaveBeenLost();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task AFrameThatIsSplitAcrossReadsIsOneEvent(int bytes)
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Faults.SplitBytes(bytes);
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
        await registry.ChangeAsync();
        await registry.AgreeAsync();
        registry.ShouldNeverHaveBeenLost();
    }

    [Fact]
    public async Task AnEventThatIsSentTwiceIsOneEvent()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Faults.RepeatEvents(100);
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
        await registry.ChangeAsync();
        await registry.AgreeAsync();
        registry.ReasonsOfLists("pods").ShouldBe(["first"]);
        registry.ShouldNeverHaveBeenLost();
    }

    [Fact]
    public async Task AnEventThatComesAfterALaterOneBringsNothingBack()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Faults.StallWatches();
        registry.Faults.DelayNextEvent(static request => request.Path.EndsWith("/pods", StringComparison.Ordinal));
        registry.Small.Change(ResourceKinds.Pods, "greeter-1", static pod => pod["metadata"]!["labels"]!["touched"] = "before its end");
        await registry.ChangeAsync();
        registry.Faults.ResumeWatches();
        await registry.Logs.WaitForAsync(Disordered);
        await registry.AgreeAsync();
        registry.ReasonsOfLists("pods").ShouldContain("disordered");
    }

    [Fact]
    public async Task BytesThatDripAreStaleUntilTheyFlow()
    {
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.ShortLimits);
        registry.Balancer.Drip(TimeSpan.FromSeconds(1));
        await registry.ChangeAsync();
        await registry.UntilStaleAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        registry.Balancer.Drip(TimeSpan.Zero);
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task HeadersThatNeverComeAreStale()
    {
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.ShortLimits);
        registry.Faults.HoldRequests();
        registry.Faults.CutWatches();
        await registry.ChangeAsync();
        await registry.UntilStaleAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        registry.Faults.ReleaseRequests();
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task ClockJumpsOfAnHourChangeTimestampsAlone()
    {
        var time = new ManualTimeProvider();
        // Without probes, whose limit could pass while time is moved: only the jump could make anything stale.
        await using var registry = await FaultedRegistry.StartAsync(FaultedRegistry.Quick with { ProbeInterval = TimeSpan.FromHours(1) }, time, TimeSpan.FromSeconds(1));
        foreach (var hours in new[] { 1, -2 })
        {
            time.JumpWallClock(TimeSpan.FromHours(hours));
            time.Advance(TimeSpan.FromSeconds(5));
            await registry.ShouldShowTheFormerStateAsync(isStale: false);
        }

        await registry.ChangeAsync();
        await registry.AgreeAsync();
        registry.ShouldNeverHaveBeenLost();
    }

    [Fact]
    public async Task AwayForAnHourTheStateIsServedStaleAndThenAllOfItFollows()
    {
        var time = new ManualTimeProvider();
        await using var registry = await FaultedRegistry.StartAsync(time: time, step: TimeSpan.FromMilliseconds(500));
        registry.Faults.RefuseConnections();
        await registry.ChangeAsync();
        await registry.UntilStaleAsync();
        for (var minute = 0; minute < 60; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await registry.ShouldShowTheFormerStateAsync(isStale: true);
        }

        registry.Faults.ForgetHistory();
        registry.Faults.AcceptConnections();
        await registry.AgreeAsync();
    }
}
