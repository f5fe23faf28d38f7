using Gateway.Emulator.Storage;
using static Gateway.Tests.Emulator.SmallCluster;

namespace Gateway.Tests.Emulator.Controllers;

public sealed class MirroredSliceTests
{
    private const string External = """
        {"metadata":{"name":"orders","namespace":"shop","labels":{"team":"shop"},
                     "annotations":{"note":"by hand","kubectl.kubernetes.io/last-applied-configuration":"{}"}},
         "subsets":[{"addresses":[{"ip":"192.0.2.10"},{"ip":"2001:db8::1","hostname":"six"}],"notReadyAddresses":[{"ip":"192.0.2.11"}],
                     "ports":[{"name":"http","port":8080,"protocol":"TCP"}]}]}
        """;

    [Fact]
    public async Task EndpointsMadeByHandAreMirroredOneSliceForEachFamily()
    {
        await using var cluster = await StartAsync();
        cluster.Service("""{"selector":null}""");
        var endpoints = cluster.Create(ResourceKinds.Endpoints, External);
        await cluster.SettleAsync();

        var slices = cluster.Slices().ToDictionary(static slice => (string)slice["addressType"]!);
        slices.Count.ShouldBe(2);
        ShouldBeJson(slices["IPv4"]["metadata"]!["labels"], """
            {"team":"shop","kubernetes.io/service-name":"orders","endpointslice.kubernetes.io/managed-by":"endpointslicemirroring-controller.k8s.io"}
            """);
        ShouldBeJson(slices["IPv4"]["metadata"]!["annotations"], """{"note":"by hand"}""");
        ShouldBeJson(slices["IPv4"]["metadata"]!["ownerReferences"], $$"""
            [{"apiVersion":"v1","kind":"Endpoints","name":"orders","uid":"{{endpoints.Uid}}","controller":true,"blockOwnerDeletion":true}]
            """);
        ShouldBeJson(slices["IPv4"]["endpoints"], """
            [{"addresses":["192.0.2.10"],"conditions":{"ready":true}},{"addresses":["192.0.2.11"],"conditions":{"ready":false}}]
            """);
        ShouldBeJson(slices["IPv4"]["ports"], """[{"name":"http","protocol":"TCP","port":8080}]""");
        ShouldBeJson(slices["IPv6"]["endpoints"], """[{"addresses":["2001:db8::1"],"conditions":{"ready":true},"hostname":"six"}]""");
    }

    [Fact]
    public async Task MirrorFollowsItsEndpoints()
    {
        await using var cluster = await StartAsync();
        cluster.Service("""{"selector":null}""");
        cluster.Create(ResourceKinds.Endpoints, External);
        await cluster.SettleAsync();

        cluster.Change(ResourceKinds.Endpoints, "orders", static endpoints => endpoints["subsets"]![0]!["addresses"]!.AsArray().RemoveAt(1));
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).ShouldBe(["192.0.2.10", "192.0.2.11"]);

        cluster.Remove(ResourceKinds.Endpoints, "orders");
        await cluster.SettleAsync();
        cluster.Slices().ShouldBeEmpty();
    }

    [Fact]
    public async Task WithoutAServiceOrWithTheSkipLabelNothingIsMirrored()
    {
        await using var cluster = await StartAsync();
        cluster.Create(ResourceKinds.Endpoints, """{"metadata":{"name":"alone","namespace":"shop"},"subsets":[{"addresses":[{"ip":"192.0.2.10"}]}]}""");
        cluster.Service("""{"selector":null}""", name: "skipped");
        cluster.Create(ResourceKinds.Endpoints, """
            {"metadata":{"name":"skipped","namespace":"shop","labels":{"endpointslice.kubernetes.io/skip-mirror":"true"}},"subsets":[{"addresses":[{"ip":"192.0.2.10"}]}]}
            """);
        await cluster.SettleAsync();

        cluster.Slices("alone").ShouldBeEmpty();
        cluster.Slices("skipped").ShouldBeEmpty();
    }

    [Fact]
    public async Task SliceMadeByHandIsLeftAlone()
    {
        await using var cluster = await StartAsync();
        cluster.Service("""{"selector":null}""");
        cluster.Create(ResourceKinds.EndpointSlices, """
            {"metadata":{"name":"orders-by-hand","namespace":"shop","labels":{"kubernetes.io/service-name":"orders"}},"addressType":"IPv4",
             "endpoints":[{"addresses":["192.0.2.10"]}],"ports":[]}
            """);
        var version = cluster.Cluster.Storage.Version;
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).ShouldBe(["192.0.2.10"]);
        ((string)cluster.Slice()["metadata"]!["resourceVersion"]!).ShouldBe($"{version}");
    }
}
