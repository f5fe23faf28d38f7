using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>What a stream among many equal ones costs: counted in objects and bytes, so that a busy machine changes nothing.</summary>
public sealed class StreamCostTests : IDisposable
{
    private const int Streams = 1_000;

    private static readonly ServiceKey Orders = new("shop", "orders");

    private readonly ReplicaUnderTest _replica = new(1, new ManualTimeProvider());
    private readonly List<Subscription> _streams = [];
    private readonly ITestOutputHelper _output;

    public StreamCostTests(ITestOutputHelper output)
    {
        _output = output;
        _replica.Fold(WorldState.Empty.With(Orders, State(0)));
    }

    public void Dispose()
    {
        _streams.ForEach(static stream => stream.Dispose());
        _replica.Dispose();
    }

    [Fact]
    public void AThousandEqualStreamsShareEachFrameAndItsId()
    {
        Open();
        for (var change = 1; change <= 3; change++)
        {
            var events = TakeAll();
            events.Count.ShouldBe(Streams);
            events.ShouldAllBe(one => ReferenceEquals(one.Frame, events[0].Frame));
            events.ShouldAllBe(one => ReferenceEquals(one.Id, events[0].Id));
            _replica.Fold(WorldState.Empty.With(Orders, State(change)));
        }
    }

    [Fact]
    public void AnEventThatAnotherStreamHasSentAllocatesNothing()
    {
        Open();
        TakeAll();
        var cost = 0L;
        for (var change = 1; change <= 5; change++)
        {
            _replica.Fold(WorldState.Empty.With(Orders, State(change)));
            Take(_streams[0]).ShouldBe(1);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 1; i < Streams; i++)
                Take(_streams[i]);
            cost = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        _output.WriteLine($"{cost} bytes");
        cost.ShouldBe(0);
    }

    [Fact]
    public void AStreamThatWaitsTakesLessThanAKilobyte()
    {
        // All that is allocated until it waits, so at least what stays; its selection is the request's.
        var selection = StreamSelection.OfOne(Orders, LookupFilter.Default);
        Open();
        TakeAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Streams; i++)
        {
            var stream = _replica.Hub.TryOpen(selection, default)!;
            _streams.Add(stream);
            Take(stream);
            _ = stream.WaitAsync(CancellationToken.None);
        }

        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Streams;
        _output.WriteLine($"{each} bytes");
        each.ShouldBeLessThan(1_000);
    }

    private void Open()
    {
        for (var i = 0; i < Streams; i++)
            _streams.Add(_replica.Hub.TryOpen(StreamSelection.OfOne(Orders, LookupFilter.Default), default).ShouldNotBeNull());
    }

    private List<StreamEvent> TakeAll()
    {
        List<StreamEvent> events = [];
        foreach (var stream in _streams)
        {
            while (stream.TryTake(out var next))
                events.Add(next);
            stream.RecordSent();
        }

        return events;
    }

    private static int Take(Subscription stream)
    {
        var taken = 0;
        while (stream.TryTake(out _))
            taken++;
        stream.RecordSent();
        return taken;
    }

    private static Instance[] State(int change) => [.. Enumerable.Range(0, 20).Select(number => WorldState.Instance(Orders, $"{number:d3}", number == 7 ? 101 + change : 100))];
}
