using Gateway.Api.Hosting;
using Gateway.Tests.Registry;

namespace Gateway.Tests.Hosting;

/// <summary>What the first lists left behind is given back once they are complete. Every thread of the process stops for it, so nothing runs beside.</summary>
[Collection(nameof(RunsAlone))]
public sealed class SyncMemoryTests
{
    [Fact]
    public async Task ItWaitsForTheListsAndEndsWithTheProcess()
    {
        using var registry = new ProjectedRegistry();
        using var stopping = new CancellationTokenSource();
        var stopped = SyncMemory.ReturnAsync(registry.State, stopping.Token);
        var collected = SyncMemory.ReturnAsync(registry.State, TestContext.Current.CancellationToken);
        await stopping.CancelAsync();
        await stopped.Within();
        collected.IsCompleted.ShouldBeFalse();

        var large = GC.AllocateUninitializedArray<byte>(80 << 20);
        var before = GC.CollectionCount(GC.MaxGeneration);
        registry.Sync();
        registry.Projector.Fold();
        await collected.Within();
        GC.CollectionCount(GC.MaxGeneration).ShouldBeGreaterThan(before);
        GC.KeepAlive(large);
    }
}
