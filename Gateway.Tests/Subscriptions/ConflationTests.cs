using Gateway.Core.Diagnostics;
using Gateway.Core.Registry;
using Gateway.Core.Subscriptions;

namespace Gateway.Tests.Subscriptions;

/// <summary>What a slow reader is told in fewer events is counted.</summary>
public sealed class ConflationTests
{
    private static readonly ServiceKey Orders = new("shop", "orders");

    [Fact]
    public async Task ChangesThatAStreamHasNotBegunToTellAreConflated()
    {
        using var counted = new MetricsRecorder();
        using var metrics = new GatewayMetrics(counted);
        using var replica = new ReplicaUnderTest(1, new ManualTimeProvider(), metrics: metrics);
        var world = WorldState.Empty.With(Orders, WorldState.Instance(Orders, "1"));
        replica.Fold(world);
        using var stream = replica.Hub.TryOpen(StreamSelection.OfOne(Orders, LookupFilter.Default), new StreamStart());
        await stream!.WaitAsync(TestContext.Current.CancellationToken).AsTask().Within();

        for (var weight = 1; weight <= 3; weight++)
            replica.Fold(world = world.With(Orders, WorldState.Instance(Orders, "1", weight)));

        counted["registry.streams.conflated"].ShouldBe(2);
    }
}
