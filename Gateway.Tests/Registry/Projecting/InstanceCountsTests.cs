using Gateway.Core.Annotations.Records;
using Gateway.Core.Diagnostics;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry.Projecting;

/// <summary>The numbers of instances that metrics show.</summary>
public sealed class InstanceCountsTests
{
    [Fact]
    public void InstancesThatAreDownAreCountedByReasonAsTheyComeAndGo()
    {
        using var recorder = new MetricsRecorder();
        using var metrics = new GatewayMetrics(recorder);
        var counts = new InstanceCounts(metrics);
        var (restarted, expired, again) = (Down("a", InstanceStatusRules.ContainerRestarted), Down("b", InstanceStatusRules.LeaseExpired), Down("c", InstanceStatusRules.LeaseExpired));

        counts.Replace([], [restarted, expired, again]);
        counts.Replace([again], [again with { Status = InstanceStatus.Up, Reason = null }]);
        counts.Report(new RegistrySnapshot(RevisionLayout.WholeCluster));

        recorder["registry.instances.down reason=ContainerRestarted"].ShouldBe(1);
        recorder["registry.instances.down reason=LeaseExpired"].ShouldBe(1);
        recorder["registry.instances status=DOWN"].ShouldBe(2);
        recorder["registry.instances status=UP"].ShouldBe(1);
    }

    private static Instance Down(string id, string reason) =>
        new() { Id = id, Key = new("shop", "store", "", "", "http", 80), Source = InstanceSource.Gateway, Status = InstanceStatus.Down, Reason = reason };
}
