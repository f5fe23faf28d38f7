using Gateway.Emulator.Storage;
using static Gateway.Tests.Emulator.SmallCluster;

namespace Gateway.Tests.Emulator.Controllers;

public sealed class EndpointsTests
{
    [Fact]
    public async Task NotReadyPodsAreListedApart()
    {
        await using var cluster = await StartAsync();
        cluster.Service(labels: """{"team":"shop"}""");
        var first = cluster.Pod("orders-1", "10.1.0.5", node: "n1");
        var second = cluster.Pod("orders-2", "10.1.0.7");
        cluster.SetReady("orders-2", false);
        await cluster.SettleAsync();

        var endpoints = cluster.Get(ResourceKinds.Endpoints, "orders")!;
        ShouldBeJson(endpoints["metadata"]!["labels"], """{"team":"shop","endpoints.kubernetes.io/managed-by":"endpoint-controller"}""");
        ShouldBeJson(endpoints["subsets"], $$"""
            [{"addresses":[{"ip":"10.1.0.5","nodeName":"n1","targetRef":{"kind":"Pod","namespace":"shop","name":"orders-1","uid":"{{first.Uid}}"} }],
              "notReadyAddresses":[{"ip":"10.1.0.7","nodeName":"node-1","targetRef":{"kind":"Pod","namespace":"shop","name":"orders-2","uid":"{{second.Uid}}"} }],
              "ports":[{"name":"http","port":8080,"protocol":"TCP"}]}]
            """);
    }

    [Fact]
    public async Task TerminatingPodIsInNoSubset()
    {
        await using var cluster = await StartAsync();
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        await cluster.SettleAsync();
        cluster.Terminate("orders-1");
        await cluster.SettleAsync();

        cluster.Get(ResourceKinds.Endpoints, "orders")!["subsets"].ShouldBeNull();
    }

    [Fact]
    public async Task NamedPortsThatDifferBetweenPodsMakeSeveralSubsets()
    {
        await using var cluster = await StartAsync();
        cluster.Service("""{"ports":[{"protocol":"TCP","port":80,"targetPort":"http"}]}""");
        cluster.Pod("orders-1", "10.1.0.5");
        cluster.Pod("orders-2", "10.1.0.6", ports: """[{"name":"http","containerPort":9000,"protocol":"TCP"}]""");
        cluster.Pod("orders-3", "10.1.0.7", ports: """[{"name":"http","containerPort":9000,"protocol":"UDP"}]""");
        await cluster.SettleAsync();

        var subsets = cluster.Get(ResourceKinds.Endpoints, "orders")!["subsets"]!.AsArray();
        subsets.Select(static subset => $"{subset!["addresses"]![0]!["ip"]} {subset["ports"]!.ToJsonString()}")
            .ShouldBe(["""10.1.0.5 [{"port":8080,"protocol":"TCP"}]""", """10.1.0.6 [{"port":9000,"protocol":"TCP"}]"""], ignoreOrder: true);
    }

    [Theory]
    [InlineData(1000, 0, 1000, 0, false)]
    [InlineData(1200, 0, 1000, 0, true)]
    [InlineData(900, 300, 900, 100, true)]
    [InlineData(1001, 50, 1000, 0, true)]
    public async Task OverAThousandAddressesAreTruncatedReadyOnesFirst(int ready, int notReady, int readyLeft, int notReadyLeft, bool isTruncated)
    {
        await using var cluster = await StartAsync();
        cluster.Service();
        for (var i = 0; i < ready + notReady; i++)
        {
            cluster.Pod($"orders-{i}", $"10.2.{i / 250}.{(i % 250) + 1}");
            cluster.SetReady($"orders-{i}", i < ready);
        }

        await cluster.SettleAsync();
        var endpoints = cluster.Get(ResourceKinds.Endpoints, "orders")!;
        var subset = endpoints["subsets"]![0]!;
        subset["addresses"]!.AsArray().Count.ShouldBe(readyLeft);
        (subset["notReadyAddresses"]?.AsArray().Count ?? 0).ShouldBe(notReadyLeft);
        ((string?)endpoints["metadata"]!["annotations"]?["endpoints.kubernetes.io/over-capacity"]).ShouldBe(isTruncated ? "truncated" : null);
    }
}
