using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using Gateway.Api.Streaming;
using Gateway.Core.Diagnostics;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Subscriptions;
using Gateway.Tests.Subscriptions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Streaming;

/// <summary>What a change costs each further one of many equal streams, from its subscription to the connection's buffer, metrics included.</summary>
public sealed class EventStreamCostTests : IDisposable
{
    private const int Streams = 200;

    private static readonly ServiceKey Orders = new("shop", "orders");

    private readonly ManualTimeProvider _time = new();
    private readonly MeterListener _listener = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly ReplicaUnderTest _replica;
    private readonly EventStream _events;
    private readonly List<(Subscription Subscription, StreamClock Clock, EventWriter Writer, KeptBuffer Output)> _streams = [];
    private int _measured;

    public EventStreamCostTests()
    {
        _replica = new ReplicaUnderTest(1, _time);
        _events = new EventStream(_replica.Hub, new SubscriptionOptions(), Supervised.Loops(_time), _time, _metrics, NullLogger<EventStream>.Instance);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "registry.propagation")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => _measured += ReferenceEquals(instrument, _metrics.Propagation) ? 1 : 0);
        _listener.Start();
    }

    public void Dispose()
    {
        foreach (var (subscription, clock, _, _) in _streams)
        {
            clock.Dispose();
            subscription.Dispose();
        }

        _replica.Dispose();
        _listener.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void AnEventThatAnotherStreamHasSentIsWrittenAndMeasuredWithoutAllocating()
    {
        Fold(0);
        for (var i = 0; i < Streams; i++)
            Open();
        _streams.ForEach(Turn);
        var cost = long.MaxValue;
        for (var change = 1; change <= 5; change++)
        {
            Fold(change);
            Turn(_streams[0]);
            cost = Math.Min(cost, Further());
        }

        cost.ShouldBe(0);
        _measured.ShouldBe(5 * Streams);
        var lengths = _streams.Select(static stream => stream.Output.Length).Distinct().ToList();
        lengths.ShouldHaveSingleItem().ShouldBeGreaterThan(0);
    }

    private long Further()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < Streams; i++)
            Turn(_streams[i]);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>What the stream's loop does without waiting: its own state is an object where the compiler does not optimize.</summary>
    private void Turn((Subscription Subscription, StreamClock Clock, EventWriter Writer, KeptBuffer Output) stream)
    {
        stream.Output.Clear();
        var events = 0;
        for (; stream.Subscription.TryTake(out var next); events++)
            Finish(stream.Writer.WriteAsync(next, CancellationToken.None));
        Finish(stream.Writer.FlushAsync(CancellationToken.None));
        _events.RecordTurn(stream.Subscription, stream.Clock, events);

        static void Finish(ValueTask done)
        {
            if (!done.IsCompletedSuccessfully)
                throw new InvalidOperationException("It has to wait for nothing.");
        }
    }

    private void Open()
    {
        var subscription = _replica.Hub.TryOpen(StreamSelection.OfOne(Orders, LookupFilter.Default), default).ShouldNotBeNull();
        var clock = new StreamClock(Supervised.Loops(_time), _time, new SubscriptionOptions(), subscription, new StreamTerms(null, static _ => default, null));
        var output = new KeptBuffer();
        _streams.Add((subscription, clock, new EventWriter(output, TimeSpan.FromSeconds(10), _time, _metrics), output));
    }

    private void Fold(int change) => _replica.Fold(WorldState.Empty.With(Orders, [.. Enumerable.Range(0, 20).Select(number => WorldState.Instance(Orders, $"{number:d3}", number == 7 ? 101 + change : 100))]), arrived: 17);

    /// <summary>A connection that takes everything at once.</summary>
    private sealed class KeptBuffer : PipeWriter
    {
        private readonly byte[] _bytes = new byte[64 * 1024];

        public int Length { get; private set; }

        public void Clear() => Length = 0;

        public override void Advance(int bytes) => Length += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(Length);

        public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(Length);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush() => throw new NotSupportedException();

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
