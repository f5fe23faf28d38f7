using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>An instance from its registration to its end, by each version of the API, and what the native API and the cluster see of it.</summary>
public sealed class NacosLifecycleTests
{
    private const string Instance = "ip=10.0.0.1&port=8080";
    private const string Full = "serviceName=orders&ip=10.0.0.1&port=8080&weight=2.5&clusterName=c1&metadata=%7B%22lane%22%3A%22blue%22%7D";

    [Theory]
    [InlineData("/nacos/v1/ns/instance", "ok")]
    [InlineData("/nacos/v2/ns/instance", """{"code":0,"message":"success","data":"ok"}""")]
    [InlineData("/nacos/v3/client/ns/instance", """{"code":0,"message":"success","data":"ok"}""")]
    [InlineData("/ns/shop/nacos/v1/ns/instance", "ok")]
    [InlineData("/nacos/v1/ns/instance/", "ok")]
    public async Task WhatIsRegisteredIsListedByEveryVersionAndNativelyUntilItIsDeregistered(string path, string ok)
    {
        await using var world = await NacosWorld.StartAsync();

        (await world.DoAsync("POST", $"{path}?{Full}")).Text.ShouldBe(ok);

        var host = (await world.ListAsync())["hosts"]!.AsArray().ShouldHaveSingleItem()!;
        host.ToJsonString().ShouldBeJson("""
            {"instanceId":"10.0.0.1#8080#c1#DEFAULT_GROUP@@orders","ip":"10.0.0.1","port":8080,"weight":2.5,"healthy":true,"enabled":true,"ephemeral":true,
             "clusterName":"c1","serviceName":"DEFAULT_GROUP@@orders","metadata":{"lane":"blue","zone":"zone-a"},
             "instanceHeartBeatInterval":5000,"instanceHeartBeatTimeOut":15000,"ipDeleteTimeout":30000}
            """);
        JsonNode.DeepEquals((await world.DoAsync("GET", "/nacos/v2/ns/instance/list?serviceName=orders")).Json["data"]!["hosts"]![0], host).ShouldBeTrue();
        JsonNode.DeepEquals((await world.DoAsync("GET", "/nacos/v3/client/ns/instance/list?serviceName=orders")).Json["data"]![0], host).ShouldBeTrue();
        var native = (await world.NativeAsync()).ShouldHaveSingleItem()!;
        ((string?)native["address"], (int)native["port"]!, (int)native["weight"]!, (string?)native["status"], (string?)native["metadata"]!["lane"], (string?)native["group"])
            .ShouldBe(("10.0.0.1", 8080, 250, "UP", "blue", ""));

        var patches = world.Patches;
        await world.DoAsync("POST", $"{path}?{Full}");
        await world.DoAsync("POST", path, form: Full);
        world.Patches.ShouldBe(patches, "an equal registration writes nothing");

        (await world.DoAsync("DELETE", $"{path}?serviceName=orders&{Instance}&clusterName=c1")).Text.ShouldBe(ok);
        (await world.ListAsync())["hosts"]!.AsArray().ShouldBeEmpty();
        (await world.NativeAsync()).ShouldBeEmpty();
        (await world.DoAsync("DELETE", $"{path}?serviceName=orders&{Instance}&clusterName=c1")).Text.ShouldBe(ok, "what is not known is removed already");
    }

    [Theory]
    [InlineData(8)]
    [InlineData(100)]
    public async Task MetadataOfManyInstancesTakesAPlaceOfTheWriteLimitForEach(int instances)
    {
        await using var world = await NacosWorld.StartAsync(("Limits:WriteBurst", "10"), ("Limits:WritesPerSecond", "1"));
        StoredRecords.Write(world.Registry.Cluster, "orders-1", "nacos", Enumerable.Range(0, instances).Select(static i => ("orders", 8_000 + i, (string?)null)));
        (await world.Registry.Gateway.State.WaitAsync(snapshot => snapshot.Find(new("shop", "orders")).Instances.Length == instances, Patience.Limit)).ShouldNotBeNull();
        var before = world.Patches;
        var first = await world.CallAsync("PUT", "/nacos/v1/ns/instance/metadata/batch?serviceName=orders&metadata=a%3D1");
        first.Status.ShouldBe(200, first.Text);
        (world.Patches - before).ShouldBe(instances);

        var answer = await world.CallAsync("PUT", "/nacos/v1/ns/instance/metadata/batch?serviceName=orders&metadata=a%3D2");
        (answer.Status, answer.HasRetryAfter).ShouldBe((429, true), answer.Text);
        (world.Patches - before).ShouldBe(instances, "none of them is written, so that a repeated call finds all of them");
    }

    [Fact]
    public async Task WhatIsRegisteredNativelyIsListedWithItsGroupAndVersion()
    {
        await using var world = await NacosWorld.StartAsync();
        using var answer = await world.Registry.Http.PostAsync(
            """{"service":"orders","port":9090,"group":"blue","version":"2.0","weight":50}""", world.Registry.As("shop", "orders-2"));
        answer.EnsureSuccessStatusCode();

        var list = await world.ListUntilAsync(static hosts => hosts.Count == 1, "serviceName=blue@@orders");
        ((string?)list["name"]).ShouldBe("blue@@orders");
        var host = list["hosts"]![0]!;
        ((string?)host["ip"], (int)host["port"]!, (double)host["weight"]!, (string?)host["clusterName"], (string?)host["metadata"]!["version"])
            .ShouldBe(("10.0.0.2", 9090, 0.5, "DEFAULT", "2.0"));
        (await world.ListAsync("serviceName=orders"))["hosts"]!.AsArray().ShouldBeEmpty("it is in no default group");
    }

    [Fact]
    public async Task NameAndClustersAreAnsweredAsTheyWereAskedAndAnUnknownServiceIsAnEmptyList()
    {
        await using var world = await NacosWorld.StartAsync();
        var list = await world.ListAsync("serviceName=DEFAULT_GROUP%40%40nothing&groupName=DEFAULT_GROUP&clusters=c1,c2&udpPort=55124&clientIP=192.0.2.2&healthyOnly=false");
        ((string?)list["name"], (string?)list["groupName"], (string?)list["clusters"]).ShouldBe(("DEFAULT_GROUP@@nothing", "DEFAULT_GROUP", "c1,c2"));
        list["hosts"]!.AsArray().ShouldBeEmpty();
        (await world.DoAsync("GET", "/nacos/v3/client/ns/instance/list?serviceName=nothing")).Text.ShouldBeJson("""{"code":0,"message":"success","data":[]}""");
    }

    [Fact]
    public async Task BeatsWriteNothingAndAreAnsweredWithTheServersInterval()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", $"/nacos/v1/ns/instance?{Full}");
        var patches = world.Patches;

        foreach (var path in new[] { "/nacos/v1/ns/instance/beat", "/nacos/v2/ns/instance/beat" })
        {
            (await world.DoAsync("PUT", $"{path}?serviceName=orders&{Instance}&clusterName=c1")).Text
                .ShouldBeJson("""{"clientBeatInterval":30000,"code":10200,"lightBeatEnabled":true}""");
            (await world.DoAsync("PUT", $"{path}?serviceName=DEFAULT_GROUP@@orders&beat={Beat("c1")}")).Text
                .ShouldBeJson("""{"clientBeatInterval":30000,"code":10200,"lightBeatEnabled":true}""");
        }

        (await world.DoAsync("POST", $"/nacos/v3/client/ns/instance?heartBeat=true&{Full}")).Json["code"]!.GetValue<int>().ShouldBe(0);
        world.Patches.ShouldBe(patches);
    }

    [Fact]
    public async Task WithLeasesABeatIsAnsweredWithTheIntervalThatTheInstanceAsksFor()
    {
        await using var world = await NacosWorld.StartAsync(("Facades:Leases", "true"));
        await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}");
        (await world.DoAsync("PUT", $"/nacos/v1/ns/instance/beat?serviceName=orders&{Instance}")).Json["clientBeatInterval"]!.GetValue<int>().ShouldBe(5000);

        await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=slow&{Instance}&metadata=preserved.heart.beat.interval=9000,preserved.heart.beat.timeout=27000");
        (await world.DoAsync("PUT", $"/nacos/v1/ns/instance/beat?serviceName=slow&{Instance}")).Json["clientBeatInterval"]!.GetValue<int>().ShouldBe(9000);
    }

    [Fact]
    public async Task AnUnknownBeatRegistersWhereItSaysWhatItIsAndAsksForARegistrationWhereItDoesNot()
    {
        await using var world = await NacosWorld.StartAsync();

        (await world.DoAsync("PUT", $"/nacos/v1/ns/instance/beat?serviceName=orders&{Instance}")).Json["code"]!.GetValue<int>().ShouldBe(20404);
        (await world.DoAsync("POST", $"/nacos/v3/client/ns/instance?heartBeat=true&serviceName=orders&{Instance}")).Text
            .ShouldBeJson("""{"code":21003,"message":"instance not found","data":null}""");
        world.Patches.ShouldBe(0);

        (await world.DoAsync("PUT", $"/nacos/v1/ns/instance/beat?serviceName=orders&beat={Beat("DEFAULT")}")).Json["code"]!.GetValue<int>().ShouldBe(10200);
        (await world.ListAsync())["hosts"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ALateBeatNeitherResurrectsADeregisteredInstanceNorOneOfATerminatingPod()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}");
        await world.DoAsync("DELETE", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}");
        var patches = world.Patches;

        (await world.DoAsync("PUT", $"/nacos/v1/ns/instance/beat?serviceName=orders&beat={Beat("DEFAULT")}")).Json["code"]!.GetValue<int>().ShouldBe(10200);
        (await world.DoAsync("POST", $"/nacos/v3/client/ns/instance?heartBeat=true&serviceName=orders&{Instance}")).Json["code"]!.GetValue<int>().ShouldBe(0);
        world.Patches.ShouldBe(patches);
        (await world.ListAsync())["hosts"]!.AsArray().ShouldBeEmpty();

        await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}");
        (await world.ListAsync())["hosts"]!.AsArray().ShouldHaveSingleItem("a registration is heard at once");
    }

    [Fact]
    public async Task APodThatIsNotReadyIsUnhealthyAndInNoHealthyList()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}");
        var before = (await world.ListAsync())["lastRefTime"]!.GetValue<long>();

        world.Registry.Cluster.Player.SetReady("shop", "orders-1", false);
        var list = await world.ListUntilAsync(static hosts => hosts is [var only] && !(bool)only!["healthy"]!);
        list["lastRefTime"]!.GetValue<long>().ShouldBeGreaterThan(before);
        (await world.ListAsync("serviceName=orders&healthyOnly=true"))["hosts"]!.AsArray().ShouldBeEmpty();

        world.Registry.Cluster.Player.SetReady("shop", "orders-1", true);
        await world.ListUntilAsync(static hosts => hosts is [var only] && (bool)only!["healthy"]!);
    }

    [Fact]
    public async Task WhatTheClientSaysOfItsStateCountsUntilItSaysOtherwise()
    {
        await using var world = await NacosWorld.StartAsync();
        var named = $"/nacos/v1/ns/instance?serviceName=orders&{Instance}";

        await world.DoAsync("POST", named + "&enable=false");
        await world.ListUntilAsync(static hosts => hosts.Count == 0);
        ((string?)(await world.NativeAsync())[0]!["reason"]).ShouldBe("ClientDisabled");
        (await world.DoAsync("PUT", $"/nacos/v1/ns/instance/beat?serviceName=orders&{Instance}")).Json["code"]!.GetValue<int>().ShouldBe(10200);
        (await world.ListAsync())["hosts"]!.AsArray().ShouldBeEmpty("a beat is no word about that");

        await world.DoAsync("PATCH", named + "&enabled=true");
        await world.ListUntilAsync(static hosts => hosts is [var only] && (bool)only!["healthy"]!);

        await world.DoAsync("PUT", $"/nacos/v1/ns/health/instance?serviceName=orders&{Instance}&healthy=false");
        await world.ListUntilAsync(static hosts => hosts is [var only] && !(bool)only!["healthy"]!);
        ((string?)(await world.NativeAsync())[0]!["reason"]).ShouldBe("ClientDown");
        await world.DoAsync("PUT", $"/nacos/v2/ns/health/instance?serviceName=orders&{Instance}&healthy=true");
        await world.ListUntilAsync(static hosts => hosts is [var only] && (bool)only!["healthy"]!);

        await world.DoAsync("PUT", named + "&enabled=false");
        await world.ListUntilAsync(static hosts => hosts.Count == 0);
        await world.DoAsync("POST", named);
        await world.ListUntilAsync(static hosts => hosts is [var only] && (bool)only!["healthy"]!);
    }

    [Fact]
    public async Task UpdatesReplaceAndPatchesChangeWhatTheySay()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", $"/nacos/v1/ns/instance?{Full}");

        await world.DoAsync("PATCH", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}&cluster=c1&weight=0.5");
        var host = (await world.ListUntilAsync(static hosts => hosts is [var only] && (double)only!["weight"]! == 0.5))["hosts"]![0]!;
        ((string?)host["metadata"]!["lane"], (string?)host["clusterName"]).ShouldBe(("blue", "c1"));

        await world.DoAsync("PATCH", $"/nacos/v2/ns/instance?serviceName=orders&{Instance}&cluster=c1&metadata=tier%3Dgold");
        host = (await world.ListUntilAsync(static hosts => hosts is [var only] && (string?)only!["metadata"]!["tier"] == "gold"))["hosts"]![0]!;
        (host["metadata"]!["lane"], (double)host["weight"]!).ShouldBe((null, 0.5));

        await world.DoAsync("PUT", $"/nacos/v2/ns/instance?serviceName=orders&{Instance}&clusterName=c1&metadata=%7B%22a%22%3A1%7D");
        host = (await world.ListUntilAsync(static hosts => hosts is [var only] && (string?)only!["metadata"]!["a"] == "1"))["hosts"]![0]!;
        (host["metadata"]!["tier"], (double)host["weight"]!).ShouldBe((null, 1.0));
    }

    [Fact]
    public async Task MetadataIsChangedForTheOwnInstancesOfAServiceAtOnce()
    {
        await using var world = await NacosWorld.StartAsync();
        foreach (var port in new[] { 8080, 8081 })
        {
            await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.1&port={port}&metadata=lane=blue");
            await world.DoAsync("POST", $"/nacos/v1/ns/instance?serviceName=orders&ip=10.0.0.2&port={port}", NacosWorld.Second);
        }

        var targets = Uri.EscapeDataString("""[{"ip":"10.0.0.1","port":8080,"ephemeral":true,"clusterName":"DEFAULT"},{"ip":"10.0.0.2","port":8080}]""");
        (await world.DoAsync("PUT", $"/nacos/v1/ns/instance/metadata/batch?serviceName=orders&metadata=a%3D1&consistencyType=ephemeral&instances={targets}")).Text
            .ShouldBeJson("""{"updated":["10.0.0.1:8080:unknown:DEFAULT:ephemeral"]}""");
        var updated = (await world.DoAsync("DELETE", "/nacos/v2/ns/instance/metadata/batch?serviceName=orders&metadata=lane%3Dx")).Json["data"]!["updated"]!.AsArray();
        updated.Select(static one => (string?)one).Order(StringComparer.Ordinal)
            .ShouldBe(["10.0.0.1:8080:unknown:DEFAULT:ephemeral", "10.0.0.1:8081:unknown:DEFAULT:ephemeral"]);

        var hosts = (await world.ListUntilAsync(static hosts => hosts.Count == 4 && hosts.All(static host => host!["metadata"]!["lane"] is null)))["hosts"]!.AsArray();
        hosts.Where(static host => host!["metadata"]!["a"] is not null).Select(static host => $"{host!["ip"]}:{host["port"]}").ShouldBe(["10.0.0.1:8080"]);
    }

    [Fact]
    public async Task AnInstanceIsFoundAloneAndByItsHealth()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", $"/nacos/v1/ns/instance?{Full}");

        (await world.DoAsync("GET", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}&clusterName=c1")).Text.ShouldBeJson("""
            {"service":"DEFAULT_GROUP@@orders","ip":"10.0.0.1","port":8080,"clusterName":"c1","weight":2.5,"healthy":true,
             "instanceId":"10.0.0.1#8080#c1#DEFAULT_GROUP@@orders","metadata":{"lane":"blue","zone":"zone-a"}}
            """);
        ((string?)(await world.DoAsync("GET", $"/nacos/v2/ns/instance?serviceName=orders&{Instance}&clusterName=c1")).Json["data"]!["serviceName"]).ShouldBe("DEFAULT_GROUP@@orders");
        (await world.DoAsync("GET", "/nacos/v1/ns/instance/statuses?key=orders")).Text.ShouldBeJson("""{"ips":["10.0.0.1:8080_true"]}""");
        (await world.DoAsync("GET", "/nacos/v1/ns/instance/statuses?key=shop%23%23orders", NacosWorld.Stranger)).Text.ShouldBeJson("""{"ips":["10.0.0.1:8080_true"]}""");
        (await world.DoAsync("GET", "/nacos/v2/ns/instance/statuses/orders")).Text.ShouldBeJson("""{"ips":["10.0.0.1:8080_true"]}""");
        (await world.CallAsync("GET", $"/nacos/v1/ns/instance?serviceName=orders&{Instance}")).ShouldBe(new NacosAnswered(404, "text/plain", false, "no matched ip found!"));
    }

    [Fact]
    public async Task AnAddressThatNoOtherPodReachesIsThePodsOwnAndItsBeatsFindIt()
    {
        await using var world = await NacosWorld.StartAsync();
        await world.DoAsync("POST", "/nacos/v1/ns/instance?serviceName=orders&ip=127.0.0.1&port=8080");
        ((string?)(await world.ListAsync())["hosts"]![0]!["ip"]).ShouldBe("10.0.0.1");
        (await world.DoAsync("PUT", "/nacos/v1/ns/instance/beat?serviceName=orders&ip=127.0.0.1&port=8080")).Json["code"]!.GetValue<int>().ShouldBe(10200);
        await world.DoAsync("DELETE", "/nacos/v1/ns/instance?serviceName=orders&ip=127.0.0.1&port=8080");
        (await world.ListAsync())["hosts"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task AnInstanceOfTheServiceAloneIsListedToo()
    {
        await using var world = await NacosWorld.StartAsync();
        world.Registry.Pod("shop", "web-1", "10.0.0.9", """{"app":"web"}""");
        world.Registry.Create(ResourceKinds.Services, """
            {"metadata":{"name":"web","namespace":"shop"},"spec":{"clusterIP":"10.96.0.9","ipFamilies":["IPv4"],"type":"ClusterIP","selector":{"app":"web"},
             "ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":8080}]} }
            """);
        var host = (await world.ListUntilAsync(static hosts => hosts.Count == 1, "serviceName=DEFAULT_GROUP@@web&clusters=DEFAULT"))["hosts"]![0]!;
        ((string?)host["ip"], (string?)host["clusterName"], (bool)host["healthy"]!).ShouldBe(("10.0.0.9", "DEFAULT", true));
    }

    private static string Beat(string cluster) => Uri.EscapeDataString(
        $$"""{"serviceName":"DEFAULT_GROUP@@orders","ip":"10.0.0.1","port":8080,"cluster":"{{cluster}}","weight":1,"metadata":{},"scheduled":true}""");
}
