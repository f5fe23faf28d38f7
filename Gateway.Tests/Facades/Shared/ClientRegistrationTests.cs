using System.Text.Json.Nodes;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;

namespace Gateway.Tests.Facades.Shared;

/// <summary>Registrations by a client's own id: the rules that all facades share.</summary>
public sealed class ClientRegistrationTests
{
    private const string One = "10.0.0.1";
    private const string Two = "10.0.0.2";
    private const string Register = "/probe/orders-8080?service=orders";

    [Fact]
    public async Task TheIdIsKeptInTheRegistrationByteForByteAndSurvivesARestart()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);

        (await world.CallAsync("POST", "/probe/a%2Fb:%C3%A9%20?service=orders&detail=%7B%22tags%22:%5B%22x%22%5D%7D", One)).ShouldBe("200 orders 10.0.0.1:8080 UP - a/b:é ");

        var stored = JsonNode.Parse(world.Own("orders-1").ShouldHaveSingleItem().Value)!;
        stored["client"]!.ToJsonString().ShouldBe("""{"consul":{"id":"a/b:\u00E9 ","detail":{"tags":["x"]}}}""");
        var restarted = await world.ReplicaAsync("restarted");
        (await ProbeWorld.CallAsync(restarted, "GET", "/probe/a%2Fb:%C3%A9%20", One)).ShouldBe("200 orders 10.0.0.1:8080 UP - a/b:é ");
        (await ProbeWorld.CallAsync(restarted, "PUT", "/probe/a%2Fb:%C3%A9%20/beat", One)).ShouldBe("200 Renewed");
    }

    [Fact]
    public async Task EqualIdsInTwoPodsAreTwoRegistrations()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.PodAsync("orders-2", Two);
        await world.CallAsync("POST", Register, One);
        await world.CallAsync("POST", Register, Two);

        (await world.CallAsync("DELETE", "/probe/orders-8080", One)).ShouldBe("200 removed");

        (world.Own("orders-1").Count, world.Own("orders-2").Count).ShouldBe((0, 1));
        (await world.CallAsync("GET", "/probe", Two)).ShouldBe("200 orders 10.0.0.2:8080 UP - orders-8080");
    }

    [Fact]
    public async Task AnotherPodsIdIsUnknownAndStaysAsItIs()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.PodAsync("thief-1", Two, "billing");
        await world.CallAsync("POST", Register, One);
        var before = world.Own("orders-1");

        (await world.CallAsync("GET", "/probe/orders-8080", Two)).ShouldBe("200 unknown");
        (await world.CallAsync("PUT", "/probe/orders-8080/beat", Two)).ShouldBe("200 Unknown");
        (await world.CallAsync("PUT", "/probe/orders-8080/state?state=Down", Two)).ShouldBe("200 unknown");
        (await world.CallAsync("DELETE", "/probe/orders-8080", Two)).ShouldBe("200 unknown");
        (await world.CallAsync("POST", Register + "&ns=shop", Two)).ShouldBe("403 forbidden");
        (await world.CallAsync("POST", "/ns/shop" + Register, Two)).ShouldBe("403 forbidden");
        (await world.CallAsync("POST", Register + "&address=10.0.0.1", Two)).ShouldBe("422 invalid-registration");

        world.Own("orders-1").ShouldBe(before);
        world.Own("thief-1", "billing").ShouldBeEmpty();
    }

    [Fact]
    public async Task EqualContentIsNotWrittenAgain()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        var first = await world.CallAsync("POST", Register + "&detail=%7B%22a%22:1%7D", One);
        var patches = world.Patches();

        (await world.CallAsync("POST", Register + "&detail=%7B%22a%22:1%7D", One)).ShouldBe(first);
        world.Patches().ShouldBe(patches);
        await world.CallAsync("POST", Register + "&detail=%7B%22a%22:2%7D", One);
        world.Patches().ShouldBe(patches + 1);
    }

    [Fact]
    public async Task AnIdThatMovesToAnotherPortLeavesTheFormerRegistration()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register, One);
        var patches = world.Patches();

        (await world.CallAsync("POST", Register + "&port=9090", One)).ShouldBe("200 orders 10.0.0.1:9090 UP - orders-8080");

        (world.Own("orders-1").Count, world.Patches()).ShouldBe((1, patches + 1));
    }

    [Fact]
    public async Task OneRegistrationKeepsTheIdOfEachProtocol()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register, One);
        await world.CallAsync("POST", "/probe/10.0.0.1:orders:8080?service=orders&protocol=eureka", One);

        (await world.CallAsync("PUT", "/probe/orders-8080/beat", One)).ShouldBe("200 Renewed");
        using var native = await world.First.Http.PostAsync("""{"service":"orders","port":8080,"weight":7}""", (RemoteAddressFilter.Header, One));

        (await world.CallAsync("GET", "/probe/orders-8080", One)).ShouldEndWith("orders-8080");
        JsonNode.Parse(world.Own("orders-1").ShouldHaveSingleItem().Value)!["client"]!.AsObject().Select(static entry => entry.Key).ShouldBe(["consul", "eureka"]);
    }

    [Theory]
    [InlineData("", "10.0.0.1", false)]
    [InlineData("10.0.0.1", "10.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1", false)]
    [InlineData("fd00::1", "fd00::1", false)]
    [InlineData("127.0.0.1", "10.0.0.1", true)]
    [InlineData("::1", "10.0.0.1", true)]
    [InlineData("0.0.0.0", "10.0.0.1", true)]
    [InlineData("::", "10.0.0.1", true)]
    [InlineData("169.254.1.2", "10.0.0.1", true)]
    [InlineData("fe80::1", "10.0.0.1", true)]
    [InlineData("orders.example.com", "10.0.0.1", true)]
    [InlineData("1", "10.0.0.1", true)]
    [InlineData("10.0.0.9", null, false)]
    [InlineData("192.0.2.1", null, false)]
    public async Task AnAddressIsThePodsOwnOrBecomesItOrIsRefused(string said, string? shown, bool isCounted)
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", "10.0.0.1,fd00::1");

        var answer = await world.CallAsync("POST", $"{Register}&address={Uri.EscapeDataString(said)}", One);

        answer.ShouldBe(shown is null ? "422 invalid-registration" : $"200 orders {shown}:8080 UP - orders-8080");
        world.Own("orders-1").Count.ShouldBe(shown is null ? 0 : 1);
        var metrics = await world.First.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        metrics.Contains("registry_gateway_facade_addresses_replaced_total", StringComparison.Ordinal).ShouldBe(isCounted);
    }

    [Theory]
    [InlineData("/probe/a?service=no%20name", "422 invalid-registration")]
    [InlineData("/probe/a?service=", "422 invalid-registration")]
    [InlineData("/probe/a?service=..", "422 invalid-registration")]
    [InlineData("/probe/a?service=orders&port=0", "422 invalid-registration")]
    [InlineData("/probe/a?service=orders&port=70000", "422 invalid-registration")]
    [InlineData("/probe/a?service=orders&ns=SHOP", "400 invalid-parameter")]
    [InlineData("/probe/a?service=orders&ns=kube-system", "403 forbidden")]
    public async Task WhatCannotBeRegisteredIsRefusedAndNotWritten(string path, string expected)
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);

        (await world.CallAsync("POST", path, One)).ShouldBe(expected);
        (await world.CallAsync("POST", $"/probe/{new string('a', 1025)}?service=orders", One)).ShouldBe("422 invalid-registration");
        (await world.CallAsync("POST", $"/probe/a?service=orders&detail=%7B%22a%22:%22{new string('a', 12_000)}%22%7D", One)).ShouldStartWith("200");
        world.Own("orders-1").Count.ShouldBe(1);
    }

    [Fact]
    public async Task WhatOnlyFacadesSeeIsNoChangeForNativeReaders()
    {
        await using var world = await ProbeWorld.StartAsync();
        await world.PodAsync("orders-1", One);
        await world.CallAsync("POST", Register, One);
        var before = world.First.State.Current.Find(new("shop", "orders"));

        await world.CallAsync("POST", Register + "&detail=%7B%22a%22:1%7D", One);

        var after = world.First.State.Current.Find(new("shop", "orders"));
        after.ShouldNotBeSameAs(before);
        after.Instances[0].ClientOf("consul")!.Detail.ShouldBe("""{"a":1}""");
        (after.Revision, after.Sequence, after.Instances[0].Revision).ShouldBe((before.Revision, before.Sequence, before.Instances[0].Revision));
        using var native = await world.First.Http.CallAsync("GET", "/v1/namespaces/shop/services/orders/instances");
        (await native.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("orders-8080");
    }
}
