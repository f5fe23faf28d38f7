using Gateway.Emulator.Storage;
using static Gateway.Tests.Emulator.SmallCluster;

namespace Gateway.Tests.Emulator.Controllers;

public sealed class EndpointSliceTests
{
    [Fact]
    public async Task SliceNamesItsServiceOwnerAndController()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1", "zone-1");
        var pod = cluster.Pod("orders-2", "10.1.0.7");
        var service = cluster.Service(labels: """{"team":"shop"}""");
        await cluster.SettleAsync();

        var slice = cluster.Slice();
        ((string)slice["metadata"]!["name"]!).ShouldMatch("^orders-[bcdfghjklmnpqrstvwxz2456789]{5}$");
        ((string)slice["metadata"]!["generateName"]!).ShouldBe("orders-");
        ShouldBeJson(slice["metadata"]!["labels"], """
            {"team":"shop","endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io","kubernetes.io/service-name":"orders"}
            """);
        ShouldBeJson(slice["metadata"]!["ownerReferences"], $$"""
            [{"apiVersion":"v1","kind":"Service","name":"orders","uid":"{{service.Uid}}","controller":true,"blockOwnerDeletion":true}]
            """);
        ((string)slice["addressType"]!).ShouldBe("IPv4");
        ShouldBeJson(slice["ports"], """[{"name":"http","protocol":"TCP","port":8080}]""");
        ShouldBeJson(slice["endpoints"], $$"""
            [{"addresses":["10.1.0.7"],"conditions":{"ready":true,"serving":true,"terminating":false},
              "targetRef":{"kind":"Pod","namespace":"shop","name":"orders-2","uid":"{{pod.Uid}}"},"nodeName":"node-1","zone":"zone-1"}]
            """);
    }

    [Fact]
    public async Task PodOnAnUnknownNodeIsInEndpointsButInNoSlice()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5", node: "n1");
        cluster.Pod("orders-2", "10.1.0.7");
        await cluster.SettleAsync();

        AddressesOf(cluster.Slice()).ShouldBe(["10.1.0.7"]);
        cluster.Get(ResourceKinds.Endpoints, "orders")!["subsets"]![0]!["addresses"]!.AsArray().Count.ShouldBe(2);

        cluster.Node("n1");
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).ShouldBe(["10.1.0.5", "10.1.0.7"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(true, false, true, true, false)]
    [InlineData(false, false, false, false, false)]
    [InlineData(true, true, false, true, true)]
    [InlineData(false, true, false, false, true)]
    public async Task ConditionsFollowReadinessAndTermination(bool isReady, bool isTerminating, bool ready, bool serving, bool terminating)
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        cluster.SetReady("orders-1", isReady);
        if (isTerminating)
        {
            cluster.Terminate("orders-1");
        }

        await cluster.SettleAsync();
        ShouldBeJson(
            cluster.Slice()["endpoints"]![0]!["conditions"],
            $$"""{"ready":{{Json(ready)}},"serving":{{Json(serving)}},"terminating":{{Json(terminating)}}}""");
    }

    [Fact]
    public async Task PublishNotReadyAddressesMakesEveryEndpointReady()
    {
        await using var cluster = await StartAsync();
        cluster.Service("""{"publishNotReadyAddresses":true}""");
        cluster.Pod("orders-1", "10.1.0.5", node: "unknown");
        cluster.SetReady("orders-1", false);
        cluster.Terminate("orders-1");
        await cluster.SettleAsync();

        ShouldBeJson(cluster.Slice()["endpoints"]![0]!["conditions"], """{"ready":true,"serving":false,"terminating":true}""");
        cluster.Get(ResourceKinds.Endpoints, "orders")!["subsets"]![0]!["addresses"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("Failed")]
    [InlineData("Succeeded")]
    public async Task FinishedPodHasNoEndpoint(string phase)
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        await cluster.SettleAsync();
        cluster.ChangePod("orders-1", pod => pod["status"]!["phase"] = phase);
        await cluster.SettleAsync();

        ShouldHaveNoEndpoints(cluster);
    }

    [Fact]
    public async Task PodWithoutAnAddressHasNoEndpoint()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Create(ResourceKinds.Pods, """
            {"metadata":{"name":"orders-1","namespace":"shop","labels":{"app":"orders"}},"spec":{"nodeName":"node-1","containers":[{"name":"app","image":"x"}]}}
            """);
        await cluster.SettleAsync();

        ShouldHaveNoEndpoints(cluster);
    }

    [Fact]
    public async Task RelabelledPodLeavesAndComesBack()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service();
        cluster.Pod("orders-1", "10.1.0.5");
        cluster.Pod("orders-2", "10.1.0.6");
        await cluster.SettleAsync();

        cluster.Change(ResourceKinds.Pods, "orders-1", static pod => pod["metadata"]!["labels"]!["app"] = "quarantine");
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).ShouldBe(["10.1.0.6"]);

        cluster.Change(ResourceKinds.Pods, "orders-1", static pod => pod["metadata"]!["labels"]!["app"] = "orders");
        await cluster.SettleAsync();
        AddressesOf(cluster.Slice()).ShouldBe(["10.1.0.6", "10.1.0.5"], ignoreOrder: true);
    }

    [Fact]
    public async Task NamedPortsThatDifferBetweenPodsMakeSeveralSlices()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service("""{"ports":[{"name":"web","protocol":"TCP","port":80,"targetPort":"http","appProtocol":"kubernetes.io/h2c"}]}""");
        cluster.Pod("orders-1", "10.1.0.5");
        cluster.Pod("orders-2", "10.1.0.6", ports: """[{"name":"http","containerPort":9000,"protocol":"TCP"}]""");
        cluster.Pod("orders-3", "10.1.0.7", ports: "[]");
        await cluster.SettleAsync();

        var slices = cluster.Slices().ToDictionary(static slice => AddressesOf(slice).ShouldHaveSingleItem());
        ShouldBeJson(slices["10.1.0.5"]["ports"], """[{"name":"web","protocol":"TCP","port":8080,"appProtocol":"kubernetes.io/h2c"}]""");
        ShouldBeJson(slices["10.1.0.6"]["ports"], """[{"name":"web","protocol":"TCP","port":9000,"appProtocol":"kubernetes.io/h2c"}]""");
        slices["10.1.0.7"]["ports"].ShouldBeNull();
    }

    [Fact]
    public async Task PortOfANativeSidecarCanBeNamed()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service("""{"ports":[{"name":"mesh","protocol":"TCP","port":80,"targetPort":"mesh"}]}""");
        cluster.Pod("orders-1", "10.1.0.5", spec: """
            {"initContainers":[{"name":"setup","image":"x","ports":[{"name":"mesh","containerPort":1,"protocol":"TCP"}]},
                               {"name":"proxy","image":"x","restartPolicy":"Always","ports":[{"name":"mesh","containerPort":15001,"protocol":"TCP"}]}]}
            """);
        await cluster.SettleAsync();

        ((int)cluster.Slice()["ports"]![0]!["port"]!).ShouldBe(15001);
    }

    [Fact]
    public async Task EachAddressFamilyHasSlicesOfItsOwn()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service("""{"ipFamilies":["IPv4","IPv6"]}""");
        cluster.Pod("orders-1", "10.1.0.5,fd00::5");
        cluster.Pod("orders-2", "10.1.0.6");
        await cluster.SettleAsync();

        var slices = cluster.Slices().ToDictionary(static slice => (string)slice["addressType"]!);
        slices.Keys.ShouldBe(["IPv4", "IPv6"], ignoreOrder: true);
        AddressesOf(slices["IPv4"]).ShouldBe(["10.1.0.5", "10.1.0.6"], ignoreOrder: true);
        AddressesOf(slices["IPv6"]).ShouldBe(["fd00::5"]);
        cluster.Get(ResourceKinds.Endpoints, "orders")!["subsets"]!.ToJsonString().ShouldNotContain("fd00");
    }

    [Fact]
    public async Task HeadlessServiceIsLabelledAndPublishesHostnames()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Service("""{"clusterIP":"None","ports":null}""");
        cluster.Pod("orders-1", "10.1.0.5", spec: """{"hostname":"first","subdomain":"orders"}""");
        cluster.Pod("orders-2", "10.1.0.6", spec: """{"hostname":"second","subdomain":"another"}""");
        await cluster.SettleAsync();

        var slice = cluster.Slice();
        ((string?)slice["metadata"]!["labels"]!["service.kubernetes.io/headless"]).ShouldBe("");
        slice["ports"].ShouldBeNull();
        ((string?)slice["endpoints"]!.AsArray().Single(static endpoint => (string)endpoint!["addresses"]![0]! == "10.1.0.5")!["hostname"]).ShouldBe("first");
        slice["endpoints"]!.AsArray().Single(static endpoint => (string)endpoint!["addresses"]![0]! == "10.1.0.6")!["hostname"].ShouldBeNull();
        var endpoints = cluster.Get(ResourceKinds.Endpoints, "orders")!;
        ((string?)endpoints["metadata"]!["labels"]!["service.kubernetes.io/headless"]).ShouldBe("");
        ((string?)endpoints["subsets"]![0]!["addresses"]![0]!["hostname"]).ShouldBe("first");
    }

    [Fact]
    public async Task ServiceWithoutPodsHasOneEmptySlice()
    {
        await using var cluster = await StartAsync();
        cluster.Service();
        await cluster.SettleAsync();

        var slice = cluster.Slice();
        slice["endpoints"].ShouldBeNull();
        slice["ports"].ShouldBeNull();
        var name = (string)slice["metadata"]!["name"]!;

        cluster.Node("node-1");
        cluster.Pod("orders-1", "10.1.0.5");
        await cluster.SettleAsync();
        ((string)cluster.Slice()["metadata"]!["name"]!).ShouldBe(name);
        AddressesOf(cluster.Slice()).ShouldBe(["10.1.0.5"]);
    }

    [Theory]
    [InlineData("""{"selector":null}""")]
    [InlineData("""{"selector":null,"clusterIP":"None"}""")]
    [InlineData("""{"type":"ExternalName","externalName":"legacy.example","clusterIP":null}""")]
    public async Task ServiceWithoutSelectorAndExternalNameHaveNone(string spec)
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Pod("orders-1", "10.1.0.5");
        cluster.Service(spec);
        await cluster.SettleAsync();

        cluster.Slices().ShouldBeEmpty();
        cluster.Get(ResourceKinds.Endpoints, "orders").ShouldBeNull();
    }

    [Fact]
    public async Task DeletedServiceTakesSlicesAndEndpointsAlong()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Pod("orders-1", "10.1.0.5");
        cluster.Service();
        await cluster.SettleAsync();
        cluster.Slices().ShouldNotBeEmpty();

        cluster.Remove(ResourceKinds.Services, "orders");
        await cluster.SettleAsync();
        cluster.Slices().ShouldBeEmpty();
        cluster.Get(ResourceKinds.Endpoints, "orders").ShouldBeNull();
    }

    [Fact]
    public async Task ServiceUnderAnOldNameGetsSlicesOfItsOwn()
    {
        await using var cluster = await StartAsync();
        cluster.Node("node-1");
        cluster.Pod("orders-1", "10.1.0.5");
        cluster.Service();
        await cluster.SettleAsync();

        cluster.Remove(ResourceKinds.Services, "orders");
        var second = cluster.Service();
        await cluster.SettleAsync();
        ((string)cluster.Slice()["metadata"]!["ownerReferences"]![0]!["uid"]!).ShouldBe(second.Uid);
    }

    private static void ShouldHaveNoEndpoints(SmallCluster cluster)
    {
        AddressesOf(cluster.Slice()).ShouldBeEmpty();
        cluster.Get(ResourceKinds.Endpoints, "orders")!["subsets"].ShouldBeNull();
    }

    private static string Json(bool value) => value ? "true" : "false";
}
