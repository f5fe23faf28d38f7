using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>
/// What an event id that no replica has sent can cost: counted in allocations, so that a busy machine changes nothing.
/// </summary>
public sealed class ResumptionCostTests : IDisposable
{
    private const int Ids = 2_000;
    private const int PastStates = 300;

    private static readonly ServiceKey Orders = new("shop", "orders");

    private readonly ManualTimeProvider _time = new();
    private readonly ReplicaUnderTest _replica;

    public ResumptionCostTests() => _replica = new ReplicaUnderTest(1, _time);

    public void Dispose() => _replica.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AForgedEventIdCostsLittleMoreThanAStreamThatBeginsAnew(bool isOfMany)
    {
        var world = WorldState.Empty.With(Orders, State(0));
        _replica.Fold(world);
        var selection = isOfMany ? StreamSelection.OfNamespace("shop", LookupFilter.Default) : StreamSelection.OfOne(Orders, LookupFilter.Default);
        var id = IdOf(selection);
        for (var change = 1; change <= PastStates; change++)
            _replica.Fold(world = world.With(Orders, State(change)));
        Open(selection, null);
        Open(selection, Forged(id, Ids));

        var anew = Cost(() => Repeat(_ => Open(selection, null)));
        var forged = Cost(() => Repeat(number => Open(selection, Forged(id, number))));
        // A megabyte and 256 transitions each would be more than two gigabytes.
        (forged - anew).ShouldBeLessThan(Ids * 20_000L);

        static void Repeat(Action<int> open)
        {
            for (var number = 0; number < Ids; number++)
                open(number);
        }
    }

    [Fact]
    public void AfterAFloodOfForgedIdsAnHonestClientIsToldTheNetDifference()
    {
        var world = WorldState.Empty.With(Orders, State(0));
        _replica.Fold(world);
        var selection = StreamSelection.OfOne(Orders, LookupFilter.Default);
        using var client = new StreamClient(selection).Connect(_replica);
        client.Take();
        for (var change = 1; change <= 100; change++)
            _replica.Fold(world = world.With(Orders, State(change)));
        for (var number = 0; number < Ids; number++)
            Open(selection, Forged(client.LastEventId!, number));

        client.Connect(_replica).Take();
        client.Events.ShouldBe(["modified"]);
        client.ShouldHold(world);
    }

    private static Instance[] State(int change) =>
        [.. Enumerable.Range(0, 20).Select(number => WorldState.Instance(Orders, $"{number:d3}", number == 7 ? change : 100))];

    private string IdOf(StreamSelection selection)
    {
        using var client = new StreamClient(selection).Connect(_replica);
        client.Take();
        return client.LastEventId!;
    }

    /// <summary>The same revision and filter with a digest that no state has.</summary>
    private static string Forged(string id, int number)
    {
        StreamPosition.TryParse(id, out var position).ShouldBeTrue();
        return (position with { Digest = (UInt128)(ulong)number + 1 }).ToString();
    }

    private void Open(StreamSelection selection, string? id)
    {
        using var stream = _replica.Hub.TryOpen(selection, new StreamStart(false, id)).ShouldNotBeNull();
        stream.TryTake(out _).ShouldBeTrue();
    }

    private static long Cost(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
