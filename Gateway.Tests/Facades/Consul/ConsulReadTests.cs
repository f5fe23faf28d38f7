using System.Net;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Consul;

/// <summary>Reads: headers, filters, order, and the parts of Consul that are known and not served.</summary>
public sealed class ConsulReadTests(ConsulReadTests.World shared) : IClassFixture<ConsulReadTests.World>
{
    private ConsulWorld It => shared.Consul;

    [Theory]
    [InlineData("/v1/health/service/orders")]
    [InlineData("/v1/health/service/nothing")]
    [InlineData("/v1/health/checks/orders")]
    [InlineData("/v1/health/state/any")]
    [InlineData("/v1/health/node/orders-1")]
    [InlineData("/v1/catalog/datacenters")]
    [InlineData("/v1/catalog/services")]
    [InlineData("/v1/catalog/service/orders")]
    [InlineData("/v1/catalog/nodes")]
    [InlineData("/v1/catalog/node/orders-1")]
    [InlineData("/v1/agent/self")]
    [InlineData("/v1/agent/members")]
    [InlineData("/v1/agent/services")]
    [InlineData("/v1/agent/checks")]
    [InlineData("/v1/agent/service/orders-1")]
    [InlineData("/v1/status/leader")]
    [InlineData("/v1/status/peers")]
    [InlineData("/v1/event/list")]
    public async Task EveryReadHasConsulsHeadersAlsoAsHead(string path)
    {
        var answer = await It.GetAsync(path);
        answer.Index.ShouldBeInRange(1UL, (1UL << 53) - 1);
        answer.Headers.GetValues("X-Consul-KnownLeader").ShouldBe(["true"]);
        answer.Headers.GetValues("X-Consul-LastContact").ShouldBe(["0"]);
        answer.Content.ContentType!.MediaType.ShouldBe("application/json");
        answer.Text.ShouldNotBe("null");
        answer.Text.ShouldNotContain("\n");
        var head = await It.CallAsync("HEAD", path);
        ((int)head.Status, head.Text, head.Index > 0).ShouldBe((200, "", true));
        (await It.GetAsync(path + "?pretty")).Text.ReplaceLineEndings("\n").ShouldContain(answer.Text is "[]" ? "[]" : answer.Text[0] == '"' ? "\"" : "\n");
    }

    [Theory]
    [InlineData("", 3)]
    [InlineData("?passing", 3)]
    [InlineData("?passing=false", 3)]
    [InlineData("?tag=v1", 2)]
    [InlineData("?tag=v1&tag=http", 2)]
    [InlineData("?tag=V1", 2)]
    [InlineData("?tag=v1&tag=none", 0)]
    [InlineData("?node-meta=kubernetes-zone:zone-a", 2)]
    [InlineData("?node-meta=kubernetes-zone:zone-b", 1)]
    [InlineData("?node-meta=nothing:x", 0)]
    [InlineData("?filter=Service.Meta.zone+%3D%3D+%22a%22", 2)]
    [InlineData("?filter=%22v1%22+in+Service.Tags+and+Service.Port+%3D%3D+8080", 2)]
    [InlineData("?filter=Checks.Status+!%3D+%22passing%22", 0)]
    [InlineData("?filter=Node.Meta%5B%22kubernetes-node%22%5D+matches+%22-2%24%22", 1)]
    [InlineData("?dc=dc1", 3)]
    [InlineData("?dc=elsewhere", 0)]
    [InlineData("?stale&cached&merge-central-config&something=else", 3)]
    public async Task HealthIsFilteredAsInConsul(string query, int count) =>
        (await It.GetAsync("/v1/health/service/orders" + query)).Json.AsArray().Count.ShouldBe(count);

    [Theory]
    [InlineData("?filter=ServiceMeta.zone+%3D%3D+%22a%22", 2)]
    [InlineData("?filter=ServiceTags+is+empty", 1)]
    [InlineData("?tag=v1", 2)]
    [InlineData("?dc=elsewhere", 0)]
    public async Task TheCatalogToo(string query, int count) =>
        (await It.GetAsync("/v1/catalog/service/orders" + query)).Json.AsArray().Count.ShouldBe(count);

    [Fact]
    public async Task OtherListsAreFilteredByTheirOwnSelectors()
    {
        (await It.GetAsync("/v1/catalog/services?filter=ServiceTags+is+empty")).Json.AsObject().Select(static one => one.Key).ShouldBe(["carts", "orders"]);
        (await It.GetAsync("/v1/catalog/services")).Json["orders"]!.ToJsonString().ShouldBe("""["http","v1"]""");
        (await It.GetAsync("/v1/agent/services?filter=Meta.zone+%3D%3D+%22b%22")).Text.ShouldBe("{}");
        (await It.GetAsync("/v1/health/state/passing?filter=CheckID+matches+%22%5Ekubernetes%22")).Json.AsArray().Count.ShouldBe(4);
        (await It.GetAsync("/v1/health/state/critical")).Text.ShouldBe("[]");
        (await It.GetAsync("/v1/catalog/node/orders-3")).Json["Services"]!.AsObject().Count.ShouldBe(2);
        (await It.GetAsync("/v1/catalog/node/nothing")).Text.ShouldBe("null");
    }

    [Fact]
    public async Task TheNearestComeFirst()
    {
        (await AddressesAsync("?near=orders-3")).ShouldBe("10.0.0.3");
        (await AddressesAsync("?near=_agent", "10.0.0.3")).ShouldBe("10.0.0.3");
        (await It.GetAsync("/v1/health/service/orders?near=nothing")).Json.AsArray().Count.ShouldBe(3);

        async Task<string> AddressesAsync(string query, string from = ConsulWorld.Address) =>
            (string)(await It.GetAsync("/v1/health/service/orders" + query, from)).Json[0]!["Service"]!["Address"]!;
    }

    [Fact]
    public async Task ThereIsADataCentreALeaderAndNothingElseOfAServer()
    {
        (await It.GetAsync("/v1/agent/self")).Json["Config"]!["Datacenter"]!.ToString().ShouldBe("dc1");
        (await It.GetAsync("/v1/catalog/datacenters")).Text.ShouldBe("""["dc1"]""");
        (await It.GetAsync("/v1/status/leader")).Text.ShouldEndWith(":8300\"");
        (await It.GetAsync("/v1/status/peers")).Json.AsArray().Count.ShouldBe(1);
        (await It.GetAsync("/v1/catalog/nodes")).Text.ShouldBe("[]");
        (await It.GetAsync("/v1/event/list")).Text.ShouldBe("[]");
    }

    [Theory]
    [InlineData("GET", "/v1/kv/config/orders?recurse", 404, "")]
    [InlineData("PUT", "/v1/kv/config", 403, "Permission denied: this registry has no key/value store")]
    [InlineData("PUT", "/v1/catalog/register", 403, "Permission denied: the catalog follows the cluster")]
    [InlineData("PUT", "/v1/catalog/deregister", 403, "Permission denied: the catalog follows the cluster")]
    [InlineData("GET", "/v1/acl/tokens", 401, "ACL support disabled")]
    [InlineData("PUT", "/v1/session/create", 404, "This registry does not serve")]
    [InlineData("PUT", "/v1/txn", 404, "This registry does not serve")]
    [InlineData("GET", "/v1/query", 404, "This registry does not serve")]
    [InlineData("GET", "/v1/connect/ca/roots", 404, "This registry does not serve")]
    [InlineData("GET", "/v1/agent/nothing", 404, "This registry does not serve")]
    [InlineData("GET", "/v1/agent/service/register", 405, "method GET not allowed")]
    [InlineData("POST", "/v1/agent/check/pass/service:orders-1", 405, "method POST not allowed")]
    [InlineData("DELETE", "/v1/catalog/services", 405, "method DELETE not allowed")]
    public async Task WhatIsKnownAndNotServedIsAnsweredInConsulsForm(string method, string path, int status, string text)
    {
        var answer = await It.CallAsync(method, path, method == "PUT" ? "{}" : null);
        ((int)answer.Status).ShouldBe(status, answer.Text);
        answer.Text.ShouldStartWith(text);
        if (method == "GET" && status == 404)
            answer.Index.ShouldBeGreaterThan(0UL);
        if (answer.Text.Length > 0)
            answer.Content.ContentType!.MediaType.ShouldBe("text/plain");
    }

    [Fact]
    public async Task AnAnswerIsMadeOnceForEachState()
    {
        // What is made for each call would differ in memory, not in bytes: only that both are the same is seen from outside.
        var one = await It.GetAsync("/v1/health/service/orders?passing=true");
        var other = await It.GetAsync("/v1/health/service/orders?passing=true");
        (other.Text, other.Index).ShouldBe((one.Text, one.Index));
    }

    public sealed class World : IAsyncLifetime
    {
        internal ConsulWorld Consul { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Consul = await ConsulWorld.StartAsync();
            Consul.Small.Node("node-2", "zone-b");
            Consul.Pod("orders-3", "10.0.0.3", node: "node-2");
            (await Consul.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "orders-3") is not null, Patience.Limit)).ShouldNotBeNull();
            await Consul.RegisterAsync();
            await Consul.RegisterAsync(ConsulWorld.Body("orders-2", address: "10.0.0.2"), "10.0.0.2");
            await Consul.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-3", service = "orders", port = 8080 });
            await Consul.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-3", service = "carts", port = 8081 });
        }

        public ValueTask DisposeAsync() => Consul.DisposeAsync();
    }
}
