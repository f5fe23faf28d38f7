using System.Net;
using static Gateway.Tests.Facades.Eureka.EurekaWorld;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>What is wrong is refused in Eureka's form: a status of its own, plain text, nothing written, and never a 5xx.</summary>
public sealed class EurekaBadInputTests
{
    public static TheoryData<string, string, string, int> Bodies() => new()
    {
        { "nothing", "", "application/json", 400 },
        { "no JSON", "{", "application/json", 400 },
        { "an array", "[]", "application/json", 400 },
        { "no instance", """{"app":"ORDERS"}""", "application/json", 400 },
        { "no XML", "<instance>", "application/xml", 400 },
        { "a name that is no text", """{"instance":{"\ud800":"x"}}""", "application/json", 400 },
        { "a batch's name that is no text", """{"\udfff":1,"instance":{}}""", "application/json", 400 },
        { "a key that is no text", "<instance><instanceId>a</instanceId><hostName>a</hostName><app>ORDERS</app><ipAddr>10.0.0.1</ipAddr><port>8080</port><dataCenterInfo><name>MyOwn</name></dataCenterInfo><metadata><_.d800>x</_.d800></metadata></instance>", "application/xml", 400 },
        { "more names than one can have", Body(members: $"\"vipAddress\":\"{string.Join(',', Enumerable.Range(0, 100).Select(static i => $"v{i}"))}\""), "application/json", 400 },
        { "another root", "<application/>", "application/xml", 400 },
        { "entities", "<!DOCTYPE instance [<!ENTITY a \"a\"><!ENTITY b \"&a;&a;&a;\">]><instance><app>&b;</app></instance>", "application/xml", 400 },
        { "a file of the server", "<!DOCTYPE instance [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><instance><app>&a;</app></instance>", "application/xml", 400 },
        { "deeply nested", string.Concat(Enumerable.Repeat("""{"instance":""", 5_000)), "application/json", 400 },
        { "oversized", Body(members: $"\"metadata\":{{\"a\":\"{new string('x', 1_100_000)}\"}}"), "application/json", 413 },
        { "more metadata than a pod has room for", Body(members: $"\"metadata\":{{\"a\":\"{new string('x', 300_000)}\"}}"), "application/json", 413 },
        { "details beyond their space", Body(members: $"\"homePageUrl\":\"http://{new string('x', 20_000)}/\""), "application/json", 400 },
        { "neither id nor host name", Body(id: "", members: """ "hostName":"" """), "application/json", 400 },
        { "another app", Body("OTHER"), "application/json", 400 },
        { "no address", Body(address: " "), "application/json", 400 },
        { "a foreign address", Body(address: "10.0.0.2"), "application/json", 400 },
        { "an address of elsewhere", Body(address: "8.8.8.8"), "application/json", 400 },
        { "a port that is a word", Body(members: """ "port":{"$":"http","@enabled":"true"} """), "application/json", 400 },
        { "a port that is none", Body(members: """ "port":{"$":99999,"@enabled":"true"} """), "application/json", 400 },
        { "metadata that is a list", Body(members: """ "metadata":["a"] """), "application/json", 400 },
        { "a metadata key without a name", Body(members: """ "metadata":{"":"a"} """), "application/json", 400 },
        { "an empty key of the data center", Body(members: """ "dataCenterInfo":{"name":"MyOwn","metadata":{"":"a"}} """), "application/json", 400 },
        { "an unknown data center", Body(members: """ "dataCenterInfo":{"name":"Moon"} """), "application/json", 400 },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task ABadBodyIsRefusedAndNothingIsWritten(string what, string body, string mediaType, int status)
    {
        await using var world = await StartAsync();
        var answer = await world.CallAsync("POST", "/eureka/apps/ORDERS", body, mediaType: mediaType);
        ((int)answer.Status, answer.Content.ContentType!.MediaType).ShouldBe((status, "text/plain"), what);
        answer.Text.ShouldNotBeEmpty(what);
        world.Patches.ShouldBe(0, what);
        (await world.CallAsync("GET", "/eureka/apps")).Json["applications"]!["application"]!.AsArray().ShouldBeEmpty(what);
    }

    [Fact]
    public async Task TheAppUnknownIsRefused()
    {
        await using var world = await StartAsync();
        var answer = await world.CallAsync("POST", "/eureka/apps/unknown", Body("UNKNOWN"));
        ((int)answer.Status, world.Patches).ShouldBe((400, 0));
        answer.Text.ShouldStartWith("Invalid appName: UNKNOWN");
    }

    [Theory]
    [InlineData("PUT", "apps/ORDERS/none", 404)]
    [InlineData("DELETE", "apps/ORDERS/none", 404)]
    [InlineData("PUT", "apps/ORDERS/none/status?value=DOWN", 404)]
    [InlineData("DELETE", "apps/ORDERS/none/status", 404)]
    [InlineData("PUT", "apps/ORDERS/none/metadata?a=b", 404)]
    [InlineData("PUT", "apps/ORDERS/orders-1?lastDirtyTimestamp=abc", 400)]
    [InlineData("PUT", "apps/ORDERS/orders-1/status", 400)]
    [InlineData("PUT", "apps/ORDERS/orders-1/status?value=MAYBE", 400)]
    [InlineData("DELETE", "apps/ORDERS/orders-1/status?value=MAYBE", 400)]
    [InlineData("PUT", "apps/ORDERS/orders-1/metadata?=b", 400)]
    [InlineData("GET", "apps/..%2F..%2Fv1", 404)]
    [InlineData("GET", "vips/%20", 200)]
    public async Task ABadCallIsRefusedAndNothingIsWritten(string method, string path, int status)
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        var answer = await world.CallAsync(method, "/eureka/" + path);
        ((int)answer.Status, world.Patches).ShouldBe((status, 1), answer.Text);
        (await world.StatusAsync()).ShouldBe("UP");
    }

    [Fact]
    public async Task AnothersRegistrationIsOutOfReach()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        var patches = world.Patches;
        foreach (var from in new[] { "10.0.0.2", "10.0.1.1" })
        {
            foreach (var (method, path) in new[] { ("PUT", ""), ("DELETE", ""), ("PUT", "/status?value=DOWN"), ("DELETE", "/status"), ("PUT", "/metadata?a=b") })
                ((int)(await world.CallAsync(method, "/eureka/apps/ORDERS/orders-1" + path, from: from)).Status).ShouldBe(404, $"{method} {path}");
            ((int)(await world.CallAsync("PUT", "/ns/shop/eureka/apps/ORDERS/orders-1/status?value=DOWN", from: "10.0.1.1")).Status).ShouldBe(403);
        }

        (world.Patches, await world.StatusAsync()).ShouldBe((patches, "UP"));
    }

    [Theory]
    [InlineData("Bearer not-a-token")]
    [InlineData("Basic !!!")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Basic dXNlcjo=")]
    [InlineData("Digest username=x")]
    public async Task AWrongTokenIs401AndNeverFallsThroughToTheAddress(string header)
    {
        await using var world = await StartAsync();
        foreach (var (method, path, body) in new[] { ("POST", "apps/ORDERS", Body()), ("PUT", "apps/ORDERS/orders-1", null), ("DELETE", "apps/ORDERS/orders-1", null), ("GET", "apps", null), ("POST", "peerreplication/batch", "{") })
        {
            var answer = await world.CallAsync(method, "/eureka/" + path, body, headers: ("Authorization", header));
            ((int)answer.Status, answer.Content.ContentType!.MediaType, answer.Headers.WwwAuthenticate.Count > 0).ShouldBe((401, "text/plain", true), $"{method} {path}: {answer.Text}");
        }

        world.Patches.ShouldBe(0);
    }

    [Fact]
    public async Task WhoIsNoPodRegistersNothing()
    {
        await using var world = await StartAsync();
        var answer = await world.CallAsync("POST", "/eureka/apps/ORDERS", Body(), "192.0.2.7");
        ((int)answer.Status, answer.Content.ContentType!.MediaType, world.Patches).ShouldBe((401, "text/plain", 0));
    }

    [Fact]
    public async Task ANameOfAServiceThatSelectsOtherPodsIsRefused()
    {
        await using var world = await StartAsync();
        world.Small.Service(name: "orders");
        (await world.Gateway.State.WaitAsync(static snapshot => snapshot.Services.Keys.Any(static key => key.Name == "orders"), Patience.Limit)).ShouldNotBeNull();
        var answer = await world.CallAsync("POST", "/eureka/apps/ORDERS", Body());
        ((int)answer.Status, world.Patches).ShouldBe((403, 0), answer.Text);
    }

    [Theory]
    [InlineData("CARTS", """ "vipAddress":"other" """)]
    [InlineData("OTHER", """ "vipAddress":"other,carts" """)]
    [InlineData("OTHER", """ "vipAddress":"other","secureVipAddress":"Carts" """)]
    [InlineData("OTHER", """ "vipAddress":"Carts" """)]
    public async Task ANameOfAServiceThatSelectsOtherPodsIsRefusedWhereverItIsSaid(string app, string members)
    {
        await using var world = await StartAsync();
        world.Small.Service(name: "carts");
        (await world.Gateway.State.WaitAsync(static snapshot => snapshot.Services.Keys.Any(static key => key.Name == "carts"), Patience.Limit)).ShouldNotBeNull();
        var answer = await world.CallAsync("POST", $"/eureka/apps/{app}", Body(app, members: members));
        ((int)answer.Status, world.Patches).ShouldBe((403, 0), answer.Text);
    }

    [Fact]
    public async Task ABatchOfAStrangerIsNotReadAndALongOneIsNotAnswered()
    {
        await using var world = await StartAsync();
        var stranger = await world.CallAsync("POST", "/ns/shop/eureka/peerreplication/batch", "{", "192.0.2.7");
        ((int)stranger.Status, stranger.Content.ContentType!.MediaType).ShouldBe((403, "text/plain"), stranger.Text);
        var list = $"{{\"replicationList\":[{string.Join(',', Enumerable.Repeat("0", 400_000))}]}}";
        ((int)(await world.CallAsync("POST", "/eureka/peerreplication/batch", list)).Status).ShouldBe(413);
    }

    [Theory]
    [InlineData("POST", "/eureka/peerreplication/batch", "{")]
    [InlineData("POST", "/eureka/peerreplication/batch", "[]")]
    [InlineData("POST", "/eureka/peerreplication/batch", """{"replicationList":{}}""")]
    [InlineData("POST", "/eureka/peerreplication/batch", """{"\ud800":1,"replicationList":0}""")]
    public async Task ABadBatchIsRefused(string method, string path, string body)
    {
        await using var world = await StartAsync();
        (await world.CallAsync(method, path, body)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }
}
