using Gateway.Api.Facades.Eureka;
using Gateway.Core.Annotations.Records;
using Gateway.Tests.Registry;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>Times of clients' changes are kept for the registrations that there are.</summary>
public sealed class EurekaDirtyTimesTests
{
    [Fact]
    public void APodThatSaysAnotherIdEachTimeTakesBoundedMemory()
    {
        var alias = EurekaInstance.AliasOf("ORDERS", "kept");
        using var one = ProjectedRegistry.Synced(Given.Pod("a", "10.1.0.1", Given.Record("a") with { Clients = [new ClientAlias(EurekaInstance.Protocol, alias)] }));
        var times = new EurekaDirtyTimes(one.State);
        times.Set(Given.UidOf("a"), alias, 5);
        for (var i = 0; i < EurekaDirtyTimes.Enough; i++)
            times.Set(Given.UidOf("a"), $"ORDERS/{i}", 1);

        times.Count.ShouldBeLessThan(10);
        times.IsBehind(Given.UidOf("a"), alias, 6).ShouldBeTrue();
    }
}
