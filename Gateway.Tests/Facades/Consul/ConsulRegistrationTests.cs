using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Consul;

/// <summary>What clients of Consul register, and how it is found by them and natively.</summary>
public sealed class ConsulRegistrationTests
{
    [Theory]
    [InlineData("a%2Fb")]
    [InlineData("a/b%2F/%2f")]
    public async Task AnIdIsDecodedOnce(string id)
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync(ConsulWorld.Body(id));
        var encoded = Uri.EscapeDataString(id);
        ((string?)(await world.GetAsync($"/v1/agent/service/{encoded}")).Json["ID"]).ShouldBe(id);
        await world.PutAsync($"/v1/agent/check/pass/{Uri.EscapeDataString("service:" + id)}");
        await world.PutAsync($"/v1/agent/service/deregister/{encoded}");
        (await world.GetAsync("/v1/agent/services")).Json.AsObject().ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatIsRegisteredIsFoundByBothAndLeavesAgain()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();

        var native = (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
        ((string?)native["address"], (int)native["port"]!, (string?)native["pod"]!["name"]).ShouldBe((ConsulWorld.Address, 8080, "orders-1"));
        ((string?)native["metadata"]!["zone"], (string?)native["metadata"]!["tags"]).ShouldBe(("a", "v1,http"));
        var entry = (await world.GetAsync("/v1/health/service/orders?passing=true")).Json.AsArray().ShouldHaveSingleItem()!;
        ((string?)entry["Node"]!["ID"], (string?)entry["Node"]!["Node"], (string?)entry["Node"]!["Address"])
            .ShouldBe(((string?)native["pod"]!["uid"], "orders-1", ConsulWorld.Address));
        ((string?)entry["Node"]!["Meta"]!["kubernetes-node"], (string?)entry["Node"]!["Meta"]!["kubernetes-zone"]).ShouldBe(("node-1", "zone-a"));
        ((string?)entry["Service"]!["ID"], (string?)entry["Service"]!["Address"], (int)entry["Service"]!["Port"]!).ShouldBe(("orders-1", ConsulWorld.Address, 8080));
        entry["Service"]!["Tags"]!.ToJsonString().ShouldBe("""["v1","http"]""");
        entry["Service"]!["Meta"]!.ToJsonString().ShouldBe("""{"zone":"a"}""");
        entry["Checks"]!.AsArray().Select(static check => (string?)check!["CheckID"]).ShouldBe(["service:orders-1", "kubernetes:orders-1"]);

        await world.PutAsync("/v1/agent/service/deregister/orders-1");
        (await world.GetAsync("/v1/health/service/orders")).Text.ShouldBe("[]");
        (await world.Http.LookUpAsync("shop", "orders", "?status=any")).ShouldBeEmpty();
        await world.PutAsync("/v1/agent/service/deregister/orders-1");
    }

    [Fact]
    public async Task EqualContentIsNotWrittenAgainAndKeepsWhatChecksSaid()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        var patches = world.Patches;
        await world.RegisterAsync();
        world.Patches.ShouldBe(patches);

        await world.PutAsync("/v1/agent/check/fail/service:orders-1");
        patches = world.Patches;
        await world.RegisterAsync();
        (await world.PassingAsync()).ShouldBeEmpty("Consul's agent keeps what a check said");
        world.Patches.ShouldBe(patches);
    }

    [Fact]
    public async Task ThreeReplicasOfAnAppMayHaveEqualIds()
    {
        await using var world = await ConsulWorld.StartAsync();
        world.Pod("orders-3", "10.0.0.3");
        (await world.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "orders-3") is not null, Patience.Limit)).ShouldNotBeNull();
        string[] addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
        foreach (var address in addresses)
            await world.RegisterAsync(ConsulWorld.Body("orders-8080", address: address), address);
        var entries = (await world.GetAsync("/v1/health/service/orders?passing=true")).Json.AsArray();
        entries.Select(static entry => (string?)entry!["Service"]!["ID"]).ShouldBe(["orders-8080", "orders-8080", "orders-8080"]);
        entries.Select(static entry => (string?)entry!["Service"]!["Address"]).Order().ShouldBe(addresses);

        await world.PutAsync("/v1/agent/check/fail/service:orders-8080", from: "10.0.0.2");
        (await world.PassingAsync()).Count.ShouldBe(2);
        await world.PutAsync("/v1/agent/service/deregister/orders-8080", from: "10.0.0.1");
        (await world.PassingAsync()).Count.ShouldBe(1);
        (await world.GetAsync("/v1/health/service/orders?passing=true")).Json.AsArray()[0]!["Service"]!["Address"]!.ToString().ShouldBe("10.0.0.3");
    }

    [Fact]
    public async Task TagsStayInOrderByteForByteAndMetaIsTheClientsOwn()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync("""
            {"name":"orders","id":"a/b c:é","tags":["z","a,b"," A ","urlprefix-/x"],"meta":{"tags":"own","k":"v"},"port":8080,"enable_tag_override":true,
             "weights":{"passing":10,"warning":3}}
            """);
        var service = (await world.GetAsync("/v1/health/service/orders")).Json[0]!["Service"]!;
        service["ID"]!.ToString().ShouldBe("a/b c:é");
        service["Tags"]!.AsArray().Select(static tag => (string?)tag).ShouldBe(["z", "a,b", " A ", "urlprefix-/x"]);
        service["Meta"]!.ToJsonString().ShouldBe("""{"k":"v","tags":"own"}""");
        ((int)service["Weights"]!["Passing"]!, (int)service["Weights"]!["Warning"]!, (bool)service["EnableTagOverride"]!).ShouldBe((10, 3, true));
        ((int)(await world.Http.LookUpAsync("shop", "orders"))[0]["weight"]!).ShouldBe(1000);
        var own = (await world.GetAsync("/v1/agent/service/a%2Fb%20c%3A%C3%A9")).Json;
        ((string?)own["Service"]).ShouldBe("orders");
        await world.PutAsync("/v1/agent/service/deregister/a%2Fb%20c%3A%C3%A9");
        (await world.GetAsync("/v1/catalog/service/orders")).Text.ShouldBe("[]");
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("host.example.com")]
    public async Task AnAddressThatCannotBeReachedBecomesThePods(string address)
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync(ConsulWorld.Body(address: address));
        (await world.GetAsync("/v1/health/service/orders")).Json[0]!["Service"]!["Address"]!.ToString().ShouldBe(ConsulWorld.Address);
    }

    [Fact]
    public async Task AnIdMovesToItsNewPort()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        await world.RegisterAsync(ConsulWorld.Body().Replace("8080", "9090", StringComparison.Ordinal));
        var entry = (await world.GetAsync("/v1/catalog/service/orders")).Json.AsArray().ShouldHaveSingleItem()!;
        ((int)entry["ServicePort"]!).ShouldBe(9090);
    }

    [Fact]
    public async Task WhatIsRegisteredNativelyOrHasOnlyEndpointsIsFound()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-2", service = "carts", port = 8081, metadata = new { tags = "x,y" } });
        world.Small.Service(name: "web");
        world.Small.Create(Gateway.Emulator.Storage.ResourceKinds.EndpointSlices, """
            {"metadata":{"name":"web-1","namespace":"shop","labels":{"kubernetes.io/service-name":"web"} },"addressType":"IPv4",
             "endpoints":[{"addresses":["192.0.2.7"],"conditions":{"ready":true} }],"ports":[{"name":"http","port":8080,"protocol":"TCP"}]}
            """);
        await world.PassingWillBeAsync(1, "web");

        var carts = (await world.GetAsync("/v1/health/service/carts?passing=1&tag=y")).Json[0]!;
        ((string?)carts["Service"]!["ID"], carts["Service"]!["Tags"]!.ToJsonString()).ShouldBe(("orders-2-carts-8081", """["x","y"]"""));
        var web = (await world.GetAsync("/v1/catalog/service/web")).Json[0]!;
        ((string?)web["ServiceAddress"], (string?)web["Node"], web["ServiceTags"]!.ToJsonString()).ShouldBe(("192.0.2.7", "192.0.2.7", "[]"));
        var names = (await world.GetAsync("/v1/catalog/services")).Json.AsObject();
        names["carts"]!.ToJsonString().ShouldBe("""["x","y"]""");
        names["web"]!.ToJsonString().ShouldBe("[]");
    }

    [Fact]
    public async Task CatalogAndHealthListTheSameInTheSameOrder()
    {
        await using var world = await ConsulWorld.StartAsync();
        for (var i = 0; i < 12; i++)
            await world.Http.RegisterAsync(new { @namespace = "shop", pod = i % 2 == 0 ? "orders-1" : "orders-2", service = "orders", port = 8000 + i });
        var catalog = (await world.GetAsync("/v1/catalog/service/orders")).Json.AsArray().Select(static one => (string?)one!["ServiceID"]).ToList();
        var health = (await world.GetAsync("/v1/health/service/orders")).Json.AsArray().Select(static one => (string?)one!["Service"]!["ID"]).ToList();
        catalog.Count.ShouldBe(12);
        health.ShouldBe(catalog);
    }

    [Fact]
    public async Task TheAgentsServicesAreThoseOfTheCallingPod()
    {
        await using var world = await ConsulWorld.StartAsync();
        await world.RegisterAsync();
        await world.RegisterAsync(ConsulWorld.Body("orders-2", address: "10.0.0.2"), "10.0.0.2");
        (await world.GetAsync("/v1/agent/services")).Json.AsObject().Select(static one => one.Key).ShouldBe(["orders-1"]);
        (await world.GetAsync("/v1/agent/services", "10.0.0.2")).Json["orders-2"]!["Service"]!.ToString().ShouldBe("orders");
        (await world.GetAsync("/v1/agent/checks")).Json.AsObject().Select(static one => one.Key).ShouldBe(["service:orders-1", "kubernetes:orders-1"]);
        var service = (await world.GetAsync("/v1/agent/service/orders-1")).Json;
        ((string?)service["ContentHash"]).ShouldNotBeNullOrEmpty();
        (await world.CallAsync("GET", "/v1/agent/service/orders-2")).Status.ShouldBe(System.Net.HttpStatusCode.NotFound);
        (await world.GetAsync("/v1/agent/health/service/id/orders-1")).Json["AggregatedStatus"]!.ToString().ShouldBe("passing");
        (await world.GetAsync("/v1/agent/health/service/name/orders")).Json.AsArray().Count.ShouldBe(2);
        (await world.GetAsync("/v1/agent/health/service/id/orders-1?format=text")).Text.ShouldBe("passing");
    }

    [Fact]
    public async Task ANamespaceMayStandBeforeThePathOrInTheQuery()
    {
        await using var world = await ConsulWorld.StartAsync(("Facades:Aliases:legacy", "shop"));
        await world.PutAsync("/ns/shop/v1/agent/service/register", ConsulWorld.Body());
        (await world.GetAsync("/ns/legacy/v1/health/service/orders/", "10.0.1.1")).Json.AsArray().Count.ShouldBe(1);
        (await world.GetAsync("/v1/health/service/orders?ns=shop", "10.0.1.1")).Json.AsArray().Count.ShouldBe(1);
        (await world.GetAsync("/v1/health/service/orders", "10.0.1.1")).Text.ShouldBe("[]", "a pod of another namespace sees its own");
        ((int)(await world.CallAsync("PUT", "/v1/agent/service/register?ns=bank", ConsulWorld.Body())).Status).ShouldBe(403);
    }

    [Fact]
    public async Task ATokenIsTakenFromEachOfItsPlaces()
    {
        await using var world = await ConsulWorld.StartAsync(("Identity:SourceAddress", "false"));
        var token = world.Token("orders-1");
        foreach (var header in new[] { ("X-Consul-Token", token), ("Authorization", "Bearer " + token) })
            ((int)(await world.CallAsync("PUT", "/v1/agent/service/register", ConsulWorld.Body(), null, null, header)).Status).ShouldBe(200, header.Item1);
        ((int)(await world.CallAsync("PUT", $"/v1/agent/check/pass/service%3Aorders-1?token={Uri.EscapeDataString(token)}", null, null)).Status).ShouldBe(200);
        (await world.CallAsync("GET", "/v1/health/service/orders", null, null, null, ("X-Consul-Token", token))).Json.AsArray().Count.ShouldBe(1);
        foreach (var wrong in new[] { "nonsense", token[..^4] + "aaaa" })
        {
            var answer = await world.CallAsync("PUT", "/v1/agent/service/register", ConsulWorld.Body(), null, null, ("X-Consul-Token", wrong));
            ((int)answer.Status, answer.Text, answer.Content.ContentType!.MediaType).ShouldBe((403, "Permission denied", "text/plain"));
            answer = await world.CallAsync("GET", "/v1/health/service/orders?ns=shop", null, null, null, ("X-Consul-Token", wrong));
            ((int)answer.Status, answer.Text).ShouldBe((403, "Permission denied"));
        }
    }
}
