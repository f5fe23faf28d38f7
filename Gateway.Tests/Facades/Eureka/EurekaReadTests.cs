using System.Net;
using System.Text;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Eureka.EurekaWorld;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>What clients read, at every base path and in both forms.</summary>
public sealed class EurekaReadTests
{
    [Fact]
    public async Task WhatIsRegisteredByAnyWayIsListed()
    {
        await using var world = await StartAsync();
        await world.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-2", service = "orders", port = 9090, metadata = new { lane = "blue" } });
        await world.RegisterAsync(Body());
        world.Small.Service(name: "web");
        world.Pod("web-1", "10.0.0.9", labels: """{"app":"web"}""");
        await world.StatusWillBeAsync("UP", "WEB/10.0.0.9:web:8080");
        foreach (var path in new[] { "/eureka/apps", "/eureka/apps/", "/eureka/v1/apps", "/eureka/v2/apps/", "/ns/shop/eureka/apps", "/eureka/apps?regions=us-east-1" })
        {
            var json = await world.CallAsync("GET", path);
            (json.Status, json.Content.ContentType!.MediaType, json.Content.ContentLength).ShouldBe((HttpStatusCode.OK, "application/json", Encoding.UTF8.GetByteCount(json.Text)), path);
            var all = json.Json["applications"]!;
            ((string?)all["apps__hashcode"]).ShouldBe("UP_3_");
            all["application"]!.AsArray().SelectMany(static app => app!["instance"]!.AsArray()).Select(static one => $"{one!["app"]} {one["instanceId"]} {one["vipAddress"]}")
                .ShouldBe(["ORDERS 10.0.0.2:orders:9090 orders", "ORDERS orders-1 orders", "WEB 10.0.0.9:web:8080 web"]);
            var xml = await world.CallAsync("GET", path, accept: null);
            (xml.Content.ContentType!.MediaType, xml.Xml.Element("apps__hashcode")!.Value, xml.Xml.Descendants("instance").Count()).ShouldBe(("application/xml", "UP_3_", 3));
        }

        var delta = await world.CallAsync("GET", "/eureka/apps/delta");
        ((string?)delta.Json["applications"]!["apps__hashcode"]).ShouldBe("UP_3_");
    }

    [Theory]
    [InlineData("apps")]
    [InlineData("apps/")]
    [InlineData("apps/delta")]
    [InlineData("apps/orders")]
    [InlineData("apps/nothing")]
    public async Task WhatIsAnsweredBeforeItIsRoutedIsAnsweredAlike(string path)
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        await world.StatusWillBeAsync("UP");
        var routed = await world.CallAsync("GET", $"/EUREKA/{path}");
        foreach (var atOnce in new[] { $"/eureka/{path}", $"/eureka/v2/{path}" })
        {
            var answer = await world.CallAsync("GET", atOnce);
            (answer.Status, answer.Text).ShouldBe((routed.Status, routed.Text), atOnce);
            Headers(answer).ShouldBe(Headers(routed), atOnce);
        }

        static string[] Headers(Answer answer) => [.. answer.Headers.Concat(answer.Content).Where(static one => one.Key != "Date").Select(static one => $"{one.Key}: {string.Join(',', one.Value)}")];
    }

    [Fact]
    public async Task AStateThatTurnsStaleAndFreshAgainIsMarkedSo()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        await world.StatusWillBeAsync("UP");
        foreach (var isStale in new[] { false, true, false, true })
        {
            // As the projector does where a change waits: another mark of the same state.
            world.Gateway.State.Publish(world.Gateway.State.Current.Marked(isStale), []);
            foreach (var path in new[] { "/eureka/apps", "/eureka/apps/delta", "/eureka/apps/orders", "/eureka/vips/orders" })
                (await world.CallAsync("GET", path)).Headers.Contains("X-Registry-Stale").ShouldBe(isStale, path);
        }
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData(null)]
    public async Task AnAnswerThatIsLongerThanAConnectionBuffersComesWhole(string? accept)
    {
        await using var world = await StartAsync();
        var metadata = Enumerable.Range(0, 30).ToDictionary(static i => $"key-{i}", static i => new string((char)('a' + i % 26), 2_000));
        foreach (var (pod, port) in new[] { ("orders-1", 8080), ("orders-2", 9090) })
            await world.Http.RegisterAsync(new { @namespace = "shop", pod, service = "orders", port, metadata });
        await world.StatusWillBeAsync("UP", "ORDERS/10.0.0.2:orders:9090");
        foreach (var path in new[] { "/eureka/apps", "/eureka/apps/ORDERS", "/eureka/vips/orders" })
        {
            var answer = await world.CallAsync("GET", path, accept: accept).Within();
            answer.Text.Length.ShouldBeGreaterThan(100_000, path);
            answer.Content.ContentLength.ShouldBe(Encoding.UTF8.GetByteCount(answer.Text), path);
        }
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("application/json, application/*+json", "application/json")]
    [InlineData("text/JSON", "application/json")]
    [InlineData("*/*", "application/xml")]
    [InlineData("application/xml", "application/xml")]
    [InlineData(null, "application/xml")]
    public async Task AcceptChoosesTheForm(string? accept, string mediaType)
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        foreach (var path in new[] { "apps", "apps/delta", "apps/ORDERS", "apps/ORDERS/orders-1", "instances/orders-1", "vips/orders", "svips/orders", "status" })
            (await world.CallAsync("GET", "/eureka/" + path, accept: accept)).Content.ContentType!.MediaType.ShouldBe(mediaType, path);
    }

    [Fact]
    public async Task OneIsFoundByAppIdAndVipAddress()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body(members: """ "vipAddress":"orders,Orders-V2","secureVipAddress":"safe" """));
        ((string?)(await world.CallAsync("GET", "/eureka/instances/orders-1")).Json["instance"]!["app"]).ShouldBe("ORDERS");
        ((string?)(await world.CallAsync("GET", "/eureka/apps/orders/")).Json["application"]!["name"]).ShouldBe("ORDERS");
        foreach (var path in new[] { "vips/orders", "vips/orders-v2", "svips/safe", "vips/ORDERS" })
            ((string?)(await world.CallAsync("GET", "/eureka/" + path)).Json["applications"]!["apps__hashcode"]).ShouldBe("UP_1_", path);
        foreach (var path in new[] { "vips/order", "svips/orders" })
            (await world.CallAsync("GET", "/eureka/" + path)).Json["applications"]!["application"]!.AsArray().ShouldBeEmpty(path);
        foreach (var path in new[] { "apps/NONE", "apps/ORDERS/none", "apps/NONE/orders-1", "instances/none" })
        {
            var answer = await world.CallAsync("GET", "/eureka/" + path);
            (answer.Status, answer.Content.ContentType!.MediaType).ShouldBe((HttpStatusCode.NotFound, "text/plain"), path);
        }
    }

    [Fact]
    public async Task HeadIsAnsweredAsGetWithoutABody()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        var (get, head) = (await world.CallAsync("GET", "/eureka/apps"), await world.CallAsync("HEAD", "/eureka/apps"));
        (head.Status, head.Text, head.Content.ContentLength).ShouldBe((HttpStatusCode.OK, "", get.Content.ContentLength));
    }

    [Fact]
    public async Task ACallerSeesItsOwnNamespaceAlone()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        await world.RegisterAsync(Body("VAULT", "vault-1", "10.0.1.1"), "VAULT", "10.0.1.1");
        (await world.StatusAsync("VAULT/vault-1")).ShouldBeNull();
        (await world.StatusAsync("VAULT/vault-1", "10.0.1.1")).ShouldBe("UP");
        (await world.CallAsync("GET", "/ns/bank/eureka/apps/VAULT")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("GET", "/ns/kube-system/eureka/apps")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await world.CallAsync("GET", "/eureka/apps", from: "192.0.2.7")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await world.CallAsync("GET", "/ns/nowhere/eureka/apps")).Json["applications"]!["application"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task StatusAndReplicationSayThatThereAreNoPeers()
    {
        await using var world = await StartAsync();
        (await world.CallAsync("GET", "/eureka/status")).Json["generalStats"].ShouldNotBeNull();
        (await world.CallAsync("GET", "/eureka/status", accept: null)).Xml.Name.LocalName.ShouldBe("com.netflix.eureka.util.StatusInfo");
        (await world.CallAsync("GET", "/eureka/serverinfo/statusoverrides")).Text.ShouldBe("{}");
        var batch = await world.CallAsync("POST", "/eureka/peerreplication/batch/", """{"replicationList":[{"appName":"A","id":"i","action":"Heartbeat"},{"action":"Cancel"}]}""");
        (batch.Status, batch.Text).ShouldBe((HttpStatusCode.OK, """{"responseList":[{"statusCode":403,"responseEntity":null},{"statusCode":403,"responseEntity":null}]}"""));
        world.Patches.ShouldBe(0);
    }

    [Fact]
    public async Task WhatTheProtocolDoesNotHaveIs404InPlainText()
    {
        await using var world = await StartAsync();
        foreach (var (method, path) in new[] { ("GET", "/eureka"), ("GET", "/eureka/lastn"), ("PUT", "/eureka/asg/a/status"), ("POST", "/eureka/apps"), ("PATCH", "/eureka/apps/ORDERS"), ("GET", "/eureka/v3/apps") })
        {
            var answer = await world.CallAsync(method, path);
            (answer.Status, answer.Content.ContentType!.MediaType).ShouldBe((HttpStatusCode.NotFound, "text/plain"), $"{method} {path}");
        }
    }

    [Fact]
    public async Task WhatIsOffIsNotThere()
    {
        await using var world = await StartAsync(("Facades:Eureka", "false"));
        (await world.CallAsync("GET", "/eureka/apps")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task BeforeTheFirstSyncNothingIsSaid()
    {
        await using var world = await StartAsync();
        await using var unsynced = await GatewayUnderTest.StartAsync(new Uri("http://127.0.0.1:1"), synced: false);
        foreach (var path in new[] { "/eureka/apps", "/eureka/apps/delta", "/ns/shop/eureka/apps" })
        {
            using var answer = await unsynced.Http.GetAsync(path).Within();
            (answer.StatusCode, answer.Headers.RetryAfter is not null, answer.Content.Headers.ContentType!.MediaType).ShouldBe((HttpStatusCode.ServiceUnavailable, true, "text/plain"), path);
        }
    }

    [Fact]
    public async Task AStatefulSetsPodIsShownByItsStableName()
    {
        await using var world = await StartAsync();
        world.Small.Service(name: "db");
        world.Pod("db-0", "10.0.0.7", labels: """{"app":"db"}""", spec: "\"hostname\":\"db-0\",\"subdomain\":\"db\",");
        await world.StatusWillBeAsync("UP", "DB/10.0.0.7:db:8080");
        ((string?)(await world.InstanceAsync("DB/10.0.0.7:db:8080"))["hostName"]).ShouldBe("db-0.db.shop.svc");
    }

    [Fact]
    public async Task AChangeIsInTheNextDelta()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        var before = (await world.CallAsync("GET", "/eureka/apps/delta")).Json["applications"]!;
        ((string?)before["apps__hashcode"]).ShouldBe("UP_1_");
        await world.RegisterAsync(Body("ORDERS", "orders-2", "10.0.0.2"), from: "10.0.0.2");
        var after = (await world.CallAsync("GET", "/eureka/apps/delta")).Json["applications"]!;
        ((string?)after["apps__hashcode"]).ShouldBe("UP_2_");
        after["application"]![0]!["instance"]!.AsArray().Select(static one => (string?)one!["instanceId"]).ShouldContain("orders-2");
    }
}
