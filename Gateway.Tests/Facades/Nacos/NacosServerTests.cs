using System.Text.Json.Nodes;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>Services, login, health and what else clients ask of the server itself.</summary>
public sealed class NacosServerTests
{
    [Fact]
    public async Task ServicesAreListedByGroupInPages()
    {
        await using var world = await NacosWorld.StartAsync();
        foreach (var (name, group) in new[] { ("a", ""), ("b", ""), ("c", ""), ("d", "blue") })
            await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName={name}&ip=10.0.0.1&port=8080&groupName={group}");

        (await world.DoAsync("GET", "/nacos/v1/ns/service/list?pageNo=1&pageSize=2")).Text.ShouldBeJson("""{"count":3,"doms":["a","b"]}""");
        (await world.DoAsync("GET", "/nacos/v1/ns/service/list?pageNo=2&pageSize=2&groupName=DEFAULT_GROUP")).Text.ShouldBeJson("""{"count":3,"doms":["c"]}""");
        (await world.DoAsync("GET", "/nacos/v1/ns/service/list?pageNo=1&pageSize=10&groupName=blue")).Text.ShouldBeJson("""{"count":1,"doms":["d"]}""");
        (await world.DoAsync("GET", "/nacos/v2/ns/service/list")).Text.ShouldBeJson("""{"code":0,"message":"success","data":{"count":3,"services":["a","b","c"]}}""");
        (await world.DoAsync("GET", "/nacos/v1/ns/service/list?pageNo=9&pageSize=10")).Text.ShouldBeJson("""{"count":3,"doms":[]}""");

        (await world.DoAsync("GET", "/nacos/v1/ns/service?serviceName=a")).Text.ShouldBeJson("""
            {"namespaceId":"public","groupName":"DEFAULT_GROUP","name":"a","protectThreshold":0,"metadata":{},"selector":{"type":"none"},
             "clusters":[{"name":"DEFAULT","healthChecker":{"type":"NONE"},"metadata":{}}]}
            """);
        (await world.CallAsync("GET", "/nacos/v1/ns/service?serviceName=none")).Status.ShouldBe(404);
        (await world.DoAsync("GET", "/nacos/v1/ns/service/subscribers?serviceName=a")).Text.ShouldBeJson("""{"count":0,"subscribers":[]}""");
    }

    [Fact]
    public async Task AServiceIsMadeAndRemovedWithItsInstancesAlone()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", "/nacos/v1/ns/service?serviceName=orders&protectThreshold=0");
        await world.DoAsync("DELETE", "/nacos/v1/ns/service?serviceName=orders");
        (await world.CallAsync("POST", "/nacos/v1/ns/service?serviceName=orders&protectThreshold=0.5")).Status.ShouldBe(400);
        (await world.CallAsync("PUT", "/nacos/v1/ns/service?serviceName=orders&protectThreshold=0&metadata=a%3D1")).Status.ShouldBe(400);
        world.Patches.ShouldBe(0);

        await world.DoAsync("POST", "/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.1&port=8080");
        (await world.CallAsync("DELETE", "/nacos/v1/ns/service?serviceName=orders")).Status.ShouldBe(400);
        (await world.ListAsync())["hosts"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ALoginAnswersTheTokenItselfWithItsRemainingLife()
    {
        await using var world = await NacosWorld.StartAsync(("Identity:SourceAddress", "false"));
        var token = world.Registry.Token("shop", "orders-1", lifetime: TimeSpan.FromMinutes(20));

        foreach (var path in new[] { "/nacos/v1/auth/login", "/nacos/v1/auth/users/login", "/nacos/v3/auth/user/login" })
        {
            var login = (await world.DoAsync("POST", path, form: $"username=orders&password={token}")).Json;
            ((string?)login["accessToken"], (string?)login["username"], (bool)login["globalAdmin"]!).ShouldBe((token, "orders", false));
            login["tokenTtl"]!.GetValue<long>().ShouldBeInRange(600, 1200);
        }

        await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.1&port=8080&accessToken={token}");
        await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=users&ip=10.0.0.1&port=8080&username=nacos&password={token}");
        (await world.CallAsync("POST", "/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.1&port=8080")).Status.ShouldBe(403);
        (await world.DoAsync("GET", $"/nacos/v1/ns/service/list?pageNo=1&pageSize=9&accessToken={token}")).Text.ShouldBeJson("""{"count":2,"doms":["orders","users"]}""");
        world.Registry.Logs.Lines.ShouldNotContain(line => line.Text.Contains(token), "tokens come in queries here, and are in no log");
    }

    [Theory]
    [InlineData("POST", "/nacos/v1/auth/login?username=u&password={0}")]
    [InlineData("POST", "/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.1&port=8080&accessToken={0}")]
    [InlineData("PUT", "/nacos/v1/ns/instance/beat?serviceName=orders&ip=10.0.0.1&port=8080&accessToken={0}")]
    [InlineData("GET", "/nacos/v2/ns/instance/list?serviceName=orders&accessToken={0}")]
    [InlineData("DELETE", "/nacos/v3/client/ns/instance?serviceName=orders&ip=10.0.0.1&port=8080&accessToken={0}")]
    public async Task ATokenThatExpiredIs403AlsoWhereTheAddressWouldProveThePod(string method, string path)
    {
        await using var world = await NacosWorld.StartAsync();
        var before = world.Registry.Written();
        var token = world.Registry.Token("shop", "orders-1", lifetime: TimeSpan.FromMinutes(-5));
        (await world.CallAsync(method, string.Format(System.Globalization.CultureInfo.InvariantCulture, path, token))).Status.ShouldBe(403);
        world.Registry.Written().ShouldBe(before);
    }

    [Theory]
    [InlineData("username=nacos&password=nacos", 403)]
    [InlineData("username=nacos", 403)]
    [InlineData("", 403)]
    [InlineData("password=", 403)]
    [InlineData("username=nacos&password=a.b.c", 403)]
    public async Task ARefusedLoginIs403InTheFormOfItsVersion(string form, int status)
    {
        await using var world = await NacosWorld.StartAsync();
        var first = await world.CallAsync("POST", "/nacos/v1/auth/login", form: form);
        (first.Status, first.MediaType).ShouldBe((status, "text/plain"));
        var third = await world.CallAsync("POST", "/nacos/v3/auth/user/login", form: form);
        (third.Status, third.Json["code"]!.GetValue<int>()).ShouldBe((status, 10001));
    }

    [Fact]
    public async Task RefusedLoginsCountAsTheFailuresOfATokenAndALongFormIsNotRead()
    {
        await using var world = await NacosWorld.StartAsync();
        (await world.CallAsync("POST", "/nacos/v1/auth/login", form: "password=" + new string('x', 41 * 1024))).Status.ShouldBe(413);

        var last = 0;
        for (var attempt = 0; attempt < 400 && last != 429; attempt++)
            last = (await world.CallAsync("POST", "/nacos/v1/auth/login", NacosWorld.Stranger, $"username=u&password=a.{attempt}.c")).Status;
        last.ShouldBe(429, "as with any other place of a token");
    }

    [Fact]
    public async Task ALoginOfAGrpcClientIsLoggedOncePerCallerAndCounted()
    {
        await using var world = await NacosWorld.StartAsync();
        var token = world.Registry.Token("shop", "orders-1");
        for (var i = 0; i < 3; i++)
            (await world.CallAsync("POST", "/nacos/v1/auth/users/login", form: $"username=u&password={token}", headers: ("User-Agent", "Nacos-Java-Client:v2.2.1"))).Status.ShouldBe(200);
        await world.CallAsync("POST", "/nacos/v1/auth/users/login", form: $"username=u&password={token}", headers: ("User-Agent", "Nacos-Java-Client:v1.4.2"));

        var line = await world.Registry.Logs.WaitForAsync(1970);
        line.Members["Client"].ShouldBe("Nacos-Java-Client:v2.2.1");
        world.Registry.Logs.Ids.Count(static id => id == 1970).ShouldBe(1);
        (await world.DoAsync("GET", "/metrics")).Text.ShouldContain("operation=\"login\"");
    }

    [Fact]
    public async Task NamespacesAreReadThroughAliasesAndAPodWritesItsOwnAlone()
    {
        await using var world = await NacosWorld.StartAsync(("Facades:Aliases:5c2-77", "shop"), ("Facades:Aliases:5c2-78", "billing"));
        await world.DoAsync("POST", "/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.1&port=8080&namespaceId=5c2-77");

        (await world.ListAsync("serviceName=orders&namespaceId=5c2-77", NacosWorld.Biller))["hosts"]!.AsArray().ShouldHaveSingleItem();
        (await world.ListAsync("serviceName=orders&namespaceId=public", NacosWorld.Biller))["hosts"]!.AsArray().ShouldBeEmpty("its own is billing");
        (await world.ListAsync("serviceName=orders&namespaceId=shop", NacosWorld.Biller))["hosts"]!.AsArray().ShouldHaveSingleItem();
        (await world.CallAsync("POST", "/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.1&port=8080&namespaceId=5c2-78")).Status.ShouldBe(403);
        (await world.CallAsync("GET", "/nacos/v1/ns/instance/list?serviceName=orders", NacosWorld.Stranger)).Status.ShouldBe(400, "no namespace");
        (await world.CallAsync("GET", "/nacos/v1/ns/instance/list?serviceName=dns&namespaceId=kube-system")).Status.ShouldBe(403);
        ((string?)(await world.DoAsync("GET", "/nacos/v1/console/namespaces")).Json["data"]![0]!["namespaceShowName"]).ShouldBe("public");
        (await world.DoAsync("GET", "/nacos/v2/console/namespace/list")).Json["code"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task WhatClientsAskOfTheServerIsAnswered()
    {
        await using var world = await NacosWorld.StartAsync();
        (await world.DoAsync("GET", "/nacos/v1/ns/operator/metrics")).Text.ShouldBeJson("""{"status":"UP"}""");
        ((string?)(await world.DoAsync("GET", "/nacos/v2/ns/operator/metrics?onlyStatus=false")).Json["data"]!["status"]).ShouldBe("UP");
        (await world.DoAsync("GET", "/nacos/v1/ns/operator/switches")).Json["clientBeatInterval"]!.GetValue<int>().ShouldBe(30000);
        (await world.DoAsync("GET", "/nacos/v1/ns/operator/servers")).Text.ShouldBeJson("""{"servers":[]}""");
        (await world.CallAsync("PUT", "/nacos/v1/ns/operator/switches?entry=healthCheckEnabled&value=false")).Status.ShouldBe(403);
        foreach (var path in new[] { "/nacos/v1/console/health/liveness", "/nacos/v1/console/health/readiness", "/nacos/v2/console/health/readiness" })
            (await world.DoAsync("GET", path)).Text.ShouldBe("OK");
        (await world.CallAsync("GET", "/nacos/v1/cs/configs?dataId=a&group=b&tenant=")).ShouldBe(new NacosAnswered(404, "text/plain", false, "config data not exist"));
        (await world.CallAsync("POST", "/nacos/v1/cs/configs/listener", form: "Listening-Configs=x")).Status.ShouldBe(404);
        (await world.CallAsync("GET", "/nacos/v2/cs/config?dataId=a&group=b")).Json["code"]!.GetValue<int>().ShouldBe(20004);

        (await world.CallAsync("GET", "/nacos/v1/ns/raft/state")).Status.ShouldBe(404);
        (await world.CallAsync("GET", "/nacos/v3/admin/ns/instance/list")).Json["code"]!.GetValue<int>().ShouldBe(20004);
        (await world.DoAsync("GET", "/metrics")).Text.ShouldContain("registry_gateway_facade_unknown_paths");
    }

    [Fact]
    public async Task TheProtectThresholdShowsAllAsHealthyWhereFewAre()
    {
        await using var world = await NacosWorld.StartAsync(("Facades:NacosProtectThreshold", "0.5"));
        foreach (var (address, ip) in new[] { (NacosWorld.First, "10.0.0.1"), (NacosWorld.Second, "10.0.0.2") })
            await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&ip={ip}&port=8080", address);
        ((bool)(await world.ListAsync())["reachProtectionThreshold"]!).ShouldBeFalse();

        world.Registry.Cluster.Player.SetReady("shop", "orders-2", false);
        await world.NativeUntilDownAsync("orders-2");
        var list = await world.ListAsync("serviceName=orders&healthyOnly=true");
        ((bool)list["reachProtectionThreshold"]!).ShouldBeTrue();
        list["hosts"]!.AsArray().Select(static host => (bool)host!["healthy"]!).ShouldBe([true, true]);
    }

    [Fact]
    public async Task SwitchedOffNothingOfItIsServed()
    {
        await using var world = await NacosWorld.StartAsync(("Facades:Nacos", "false"));
        (await world.CallAsync("GET", "/nacos/v1/ns/instance/list?serviceName=orders")).MediaType.ShouldBe("application/problem+json");
    }
}
