using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Eureka.EurekaWorld;
using static Gateway.Tests.Facades.FacadeWorld;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>The life of a registration by Eureka's protocol: register, renew, override, change, cancel.</summary>
public sealed class EurekaRegistrationTests
{
    private const string Xml =
        """
        <instance><instanceId>orders-1</instanceId><hostName>host-of-orders-1</hostName><app>ORDERS</app><ipAddr>10.0.0.1</ipAddr><status>UP</status>
         <overriddenstatus>UNKNOWN</overriddenstatus><port enabled="true">8080</port><securePort enabled="false">443</securePort><countryId>1</countryId>
         <dataCenterInfo class="com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"><name>MyOwn</name></dataCenterInfo>
         <leaseInfo><renewalIntervalInSecs>30</renewalIntervalInSecs><durationInSecs>90</durationInSecs></leaseInfo>
         <metadata><management.port>8081</management.port></metadata><homePageUrl>http://host-of-orders-1:8080/</homePageUrl>
         <statusPageUrl>http://host-of-orders-1:8080/actuator/info</statusPageUrl><vipAddress>orders</vipAddress><secureVipAddress>orders</secureVipAddress>
         <lastDirtyTimestamp>1700000000000</lastDirtyTimestamp></instance>
        """;

    [Fact]
    public async Task AnOverrideOutlivesABodyThroughAReplicaThatHasNotSeenIt()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        await using var lagging = await world.ReplicaAsync(("Kubernetes:InstanceName", "lagging"));
        (await lagging.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "orders")).Instances.Length == 1, Patience.Limit)).ShouldNotBeNull();
        world.Cluster.Faults.StallWatches(static request => request.UserAgent.Contains("lagging", StringComparison.Ordinal));
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1/status?value=OUT_OF_SERVICE")).Status.ShouldBe(HttpStatusCode.OK);

        using var answer = await lagging.Http.CallAsync(
            "POST", "/eureka/apps/ORDERS", Body(members: """ "metadata":{"a":"b"} """), headers: (RemoteAddressFilter.Header, Address));
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        var stored = world.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "orders-1")!;
        var version = ulong.Parse((string)stored.Copy()["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture);
        (await world.Gateway.State.WaitForPodAsync("shop", "orders-1", stored.Uid, version, Patience.Limit)).ShouldNotBeNull();
        var shown = await world.InstanceAsync();
        ((string?)shown["status"], (string?)shown["metadata"]!["a"]).ShouldBe(("OUT_OF_SERVICE", "b"));
        world.Cluster.Faults.ResumeWatches();
    }

    [Fact]
    public async Task WhatIsRegisteredIsFoundNativelyAndInBothForms()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        var native = (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
        ((string?)native["address"], (int?)native["port"], (string?)native["protocol"], (string?)native["pod"]!["name"], (string?)native["source"])
            .ShouldBe(("10.0.0.1", 8080, "http", "orders-1", "gateway"));
        native["metadata"]!.ToJsonString().ShouldBe("""{"management.port":"8081"}""");
        var one = await world.InstanceAsync();
        ((string?)one["instanceId"], (string?)one["app"], (string?)one["hostName"], (string?)one["ipAddr"], (string?)one["status"], (string?)one["overriddenStatus"])
            .ShouldBe(("orders-1", "ORDERS", "10.0.0.1", "10.0.0.1", "UP", "UNKNOWN"));
        ((string?)one["homePageUrl"], (string?)one["statusPageUrl"]).ShouldBe(("http://10.0.0.1:8080/", "http://10.0.0.1:8080/actuator/info"));
        one["metadata"]!.ToJsonString().ShouldBe("""{"management.port":"8081","zone":"zone-a"}""");
        var xml = (await world.CallAsync("GET", "/eureka/apps/orders/orders-1", accept: null)).Xml;
        (xml.Name.LocalName, xml.Element("instanceId")!.Value, xml.Element("port")!.Attribute("enabled")!.Value).ShouldBe(("instance", "orders-1", "true"));
    }

    [Fact]
    public async Task BothFormsRegisterTheSame()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        var (patches, json) = (world.Patches, await world.InstanceAsync());
        var answer = await world.CallAsync("POST", "/eureka/v2/apps/ORDERS", Xml, mediaType: "application/xml");
        ((int)answer.Status, answer.Text).ShouldBe((204, ""));
        world.Patches.ShouldBe(patches);
        JsonNode.DeepEquals(await world.InstanceAsync(), json).ShouldBeTrue();
    }

    [Fact]
    public async Task ABodyThatDiffersInTimesAloneIsNoWrite()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        var patches = world.Patches;
        patches.ShouldBe(1);
        for (var i = 1; i <= 3; i++)
            await world.RegisterAsync(Body().Replace("1700000000000", $"170000000000{i}", StringComparison.Ordinal).Replace("\"lastRenewalTimestamp\":0", $"\"lastRenewalTimestamp\":{i}", StringComparison.Ordinal));
        foreach (var _ in Enumerable.Range(0, 3))
            (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1?status=UP&lastDirtyTimestamp=1700000000003")).Status.ShouldBe(HttpStatusCode.OK);
        world.Patches.ShouldBe(patches);
        await world.RegisterAsync(Body(members: """ "metadata":{"management.port":"9090"},"lastDirtyTimestamp":"1700000000004" """));
        world.Patches.ShouldBe(patches + 1);
        ((string?)(await world.InstanceAsync())["metadata"]!["management.port"]).ShouldBe("9090");
    }

    [Fact]
    public async Task AHeartbeatIs404ForAnIdThatIsNotKnownAndForAClientThatChangedSinceItsBody()
    {
        await using var world = await StartAsync();
        (await RenewAsync("")).ShouldBe(404);
        await world.RegisterAsync(Body());
        (await RenewAsync("")).ShouldBe(200);
        (await RenewAsync("?lastDirtyTimestamp=1700000000000&status=UP")).ShouldBe(200);
        (await RenewAsync("?lastDirtyTimestamp=1600000000000")).ShouldBe(200);
        (await RenewAsync("?lastDirtyTimestamp=1700000000001")).ShouldBe(404);
        (await RenewAsync("?lastDirtyTimestamp=soon")).ShouldBe(400);
        await world.RegisterAsync(Body().Replace("\"lastDirtyTimestamp\":\"1700000000000\"", "\"lastDirtyTimestamp\":1700000000001", StringComparison.Ordinal));
        (await RenewAsync("?lastDirtyTimestamp=1700000000001")).ShouldBe(200);
        (await world.CallAsync("PUT", "/eureka/apps/OTHER/orders-1")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-2")).Status.ShouldBe(HttpStatusCode.NotFound);
        await world.RestartAsync();
        (await RenewAsync("?lastDirtyTimestamp=1800000000000")).ShouldBe(200, "which time the last body had is not known any more");

        async Task<int> RenewAsync(string query) => (int)(await world.CallAsync("PUT", "/eureka/apps/orders/orders-1" + query)).Status;
    }

    [Fact]
    public async Task ABodyThatWasOvertakenChangesNothing()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body(members: """ "metadata":{"v":"new"} """));
        await world.RegisterAsync(Body(members: """ "metadata":{"v":"old"},"lastDirtyTimestamp":"1600000000000" """));
        ((string?)(await world.InstanceAsync())["metadata"]!["v"]).ShouldBe("new");
    }

    [Fact]
    public async Task WhatTheClientSaysOfItsStateCountsAndIsTakenBackByItsWord()
    {
        await using var world = await StartAsync();
        foreach (var status in new[] { "DOWN", "STARTING", "OUT_OF_SERVICE" })
        {
            await world.RegisterAsync(Body(members: $""" "status":"{status}" """));
            (await world.StatusAsync()).ShouldBe(status);
            (await world.Http.LookUpAsync("shop", "orders")).ShouldBeEmpty();
            (await world.Http.LookUpAsync("shop", "orders", "?status=any")).ShouldHaveSingleItem().Status().ShouldBe("OUT_OF_SERVICE");
        }

        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1/status?value=UP&lastDirtyTimestamp=1700000000000")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync()).ShouldBe("UP");
        await world.RegisterAsync(Body(members: """ "status":"DOWN" """));
        await world.RegisterAsync(Body());
        (await world.StatusAsync()).ShouldBe("UP");
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AnOverrideOutlivesBodiesUntilItIsDeleted()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1/status?value=OUT_OF_SERVICE&lastDirtyTimestamp=1700000000000")).Status.ShouldBe(HttpStatusCode.OK);
        await world.RegisterAsync(Body());
        var one = await world.InstanceAsync();
        ((string?)one["status"], (string?)one["overriddenStatus"], (string?)one["overriddenstatus"]).ShouldBe(("OUT_OF_SERVICE", "OUT_OF_SERVICE", "OUT_OF_SERVICE"));
        (await world.CallAsync("GET", "/eureka/serverinfo/statusoverrides")).Text.ShouldBe("""{"orders-1":"OUT_OF_SERVICE"}""");
        (await world.CallAsync("DELETE", "/eureka/apps/ORDERS/orders-1/status?value=UP")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync()).ShouldBe("UP");
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AnOverrideThatIsDeletedWithoutAValueAsksForTheClientsBody()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1/status?value=DOWN")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync()).ShouldBe("DOWN");
        (await world.CallAsync("DELETE", "/eureka/apps/ORDERS/orders-1/status")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.NotFound);
        await world.RegisterAsync(Body());
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync()).ShouldBe("UP");
    }

    [Fact]
    public async Task MetadataIsMerged()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1/metadata?lane=blue&lane=green&management.port=9090")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.InstanceAsync())["metadata"]!.ToJsonString().ShouldBe("""{"lane":"blue","management.port":"9090","zone":"zone-a"}""");
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1/metadata")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/no-such/metadata?a=b")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task WhatIsCancelledIsGoneAndNoHeartbeatBringsItBack()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        (await world.CallAsync("DELETE", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync()).ShouldBeNull();
        (await world.CallAsync("GET", "/eureka/apps/ORDERS")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await world.CallAsync("GET", "/eureka/apps")).Json["applications"]!["application"]!.ToJsonString().ShouldBe("[]");
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync()).ShouldBeNull();
        (await world.CallAsync("DELETE", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.NotFound);
        await world.RegisterAsync(Body());
        (await world.StatusAsync()).ShouldBe("UP");
    }

    [Fact]
    public async Task ATerminatingPodLeavesAsClientsDo()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        world.Small.Terminate("orders-1");
        await world.StatusWillBeAsync("DOWN");
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1?status=DOWN")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1/status?value=DOWN")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("DELETE", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync()).ShouldBeNull();
        (await world.CallAsync("POST", "/eureka/apps/ORDERS", Body())).Status.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task AppsThatDifferInCaseAreOneAndIdsAreKeptByteForByte()
    {
        await using var world = await StartAsync();
        const string id = "Orders 1:é/%2F";
        await world.RegisterAsync(Body("Orders", id.Replace("\"", "\\\"", StringComparison.Ordinal)), "oRDERS");
        await world.RegisterAsync(Body("orders", "orders-2", "10.0.0.2"), "orders", "10.0.0.2");
        var app = (await world.CallAsync("GET", "/eureka/apps/Orders")).Json["application"]!;
        ((string?)app["name"]).ShouldBe("ORDERS");
        app["instance"]!.AsArray().Select(static one => (string?)one!["instanceId"]).ShouldBe([id, "orders-2"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("a%2Fb")]
    [InlineData("a/b")]
    [InlineData("%2f/%2F%25")]
    public async Task AnIdIsDecodedOnce(string id)
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body(id: id));
        var path = $"ORDERS/{Uri.EscapeDataString(id)}";
        (await world.StatusAsync(path)).ShouldBe("UP");
        (await world.CallAsync("PUT", $"/eureka/apps/{path}")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.CallAsync("DELETE", $"/ns/shop/eureka/v2/apps/{path}")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync(path)).ShouldBeNull();
    }

    [Fact]
    public async Task OnePodMayCallTwoAppsByOneId()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body("ORDERS", "10.0.0.1"));
        await world.RegisterAsync(Body("REPORTS", "10.0.0.1"), "REPORTS");
        (await world.CallAsync("DELETE", "/eureka/apps/REPORTS/10.0.0.1")).Status.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync("ORDERS/10.0.0.1")).ShouldBe("UP");
        (await world.StatusAsync("REPORTS/10.0.0.1")).ShouldBeNull();
    }

    [Fact]
    public async Task WhereOnlyTheSecurePortIsOnItIsThePortUnderTheClientsOwnName()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body(members: """ "port":{"$":80,"@enabled":"false"},"securePort":{"$":8443,"@enabled":"true"},"homePageUrl":"https://host-of-orders-1:8443/" """));
        var native = (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
        ((int?)native["port"], (string?)native["protocol"]).ShouldBe((8443, "https"));
        var one = await world.InstanceAsync();
        ((string?)one["hostName"], (string?)one["homePageUrl"], one["port"]!.ToJsonString(), one["securePort"]!.ToJsonString())
            .ShouldBe(("host-of-orders-1", "https://host-of-orders-1:8443/", """{"$":80,"@enabled":"false"}""", """{"$":8443,"@enabled":"true"}"""));
    }

    [Fact]
    public async Task BothPortsAreFoundNatively()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body(members: """ "securePort":{"$":8443,"@enabled":"true"} """));
        (await world.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem()["ports"]!.AsArray().Select(static port => $"{port!["name"]} {port["port"]} {port["protocol"]}")
            .ShouldBe(["http 8080 http", "https 8443 https"]);
    }

    [Fact]
    public async Task AnAddressThatMeansNothingElsewhereIsThePods()
    {
        await using var world = await StartAsync();
        foreach (var address in new[] { "127.0.0.1", "host-of-orders-1", "0.0.0.0", "169.254.1.1" })
        {
            await world.RegisterAsync(Body(address: address));
            ((string?)(await world.InstanceAsync())["ipAddr"]).ShouldBe("10.0.0.1");
        }
    }

    [Fact]
    public async Task ATokenIsTheCallerAsPasswordOrBearer()
    {
        await using var world = await StartAsync(("Identity:SourceAddress", "false"));
        var token = world.Token("orders-1");
        var basic = "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"eureka:{token}"));
        foreach (var header in new[] { basic, "Bearer " + token })
        {
            (await world.CallAsync("POST", "/eureka/apps/ORDERS", Body(), "10.9.9.9", headers: ("Authorization", header))).Status.ShouldBe(HttpStatusCode.NoContent);
            (await world.CallAsync("PUT", "/eureka/apps/ORDERS/orders-1", null, "10.9.9.9", headers: ("Authorization", header))).Status.ShouldBe(HttpStatusCode.OK);
            (await world.CallAsync("GET", "/eureka/apps", null, "10.9.9.9", headers: ("Authorization", header))).Json["applications"]!["apps__hashcode"]!.GetValue<string>().ShouldBe("UP_1_");
        }
    }

    [Fact]
    public async Task APodThatIsNotReadyIsStarting()
    {
        await using var world = await StartAsync();
        await world.RegisterAsync(Body());
        world.Cluster.Player.SetReady("shop", "orders-1", false);
        await world.StatusWillBeAsync("STARTING");
        world.Cluster.Player.SetReady("shop", "orders-1", true);
        await world.StatusWillBeAsync("UP");
    }
}
