using System.Collections.Immutable;
using Gateway.Api.Facades.Eureka;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;
using static Gateway.Tests.Facades.Eureka.EurekaStates;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>Instances in Eureka's form: which there are, what they are called, how they are written.</summary>
public sealed class EurekaDirectoryTests
{
    private readonly EurekaStates _states = new(TimeProvider.System);

    [Fact]
    public void ANamespaceWithoutInstancesIsAnEmptyArray()
    {
        var directory = _states.Show();
        Text(directory.All(EurekaJson.Shared)).ShouldBe("""{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}""");
        Text(directory.All(EurekaXml.Shared)).ShouldBe("<applications><versions__delta>1</versions__delta><apps__hashcode></apps__hashcode></applications>");
    }

    [Fact]
    public void AnInstanceOfAnotherProtocolHasAllThatClientsNeed()
    {
        var directory = _states.Show(Instance("orders", "10.0.0.1") with
        {
            Zone = "zone-a",
            Metadata = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("a_b", "<&>\u0001"),
        });
        Text(directory.All(EurekaJson.Shared)).ShouldBe(string.Concat(
            """{"applications":{"versions__delta":"1","apps__hashcode":"UP_1_","application":[{"name":"ORDERS","instance":[""",
            """{"instanceId":"10.0.0.1:orders:8080","hostName":"10.0.0.1","app":"ORDERS","ipAddr":"10.0.0.1","status":"UP",""",
            "\"overriddenStatus\":\"UNKNOWN\",\"overriddenstatus\":\"UNKNOWN\",",
            """ "port":{"$":8080,"@enabled":"true"},"securePort":{"$":443,"@enabled":"false"},"countryId":1,""".TrimStart(),
            """ "dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},""".TrimStart(),
            """ "leaseInfo":{"renewalIntervalInSecs":30,"durationInSecs":90,"registrationTimestamp":1700000000000,""".TrimStart(),
            """ "lastRenewalTimestamp":1700000000000,"evictionTimestamp":0,"serviceUpTimestamp":1700000000000},""".TrimStart(),
            """ "metadata":{"a_b":"<&>\u0001","zone":"zone-a"},"homePageUrl":"http://10.0.0.1:8080/",""".TrimStart(),
            """ "vipAddress":"orders","secureVipAddress":"orders","isCoordinatingDiscoveryServer":"false",""".TrimStart(),
            """ "lastUpdatedTimestamp":"1700000000000","lastDirtyTimestamp":"1700000000000","actionType":"ADDED"}]}]}}""".TrimStart()));
        Text(directory.All(EurekaXml.Shared)).ShouldBe(string.Concat(
            "<applications><versions__delta>1</versions__delta><apps__hashcode>UP_1_</apps__hashcode><application><name>ORDERS</name><instance>",
            "<instanceId>10.0.0.1:orders:8080</instanceId><hostName>10.0.0.1</hostName><app>ORDERS</app><ipAddr>10.0.0.1</ipAddr><status>UP</status>",
            "<overriddenstatus>UNKNOWN</overriddenstatus><port enabled=\"true\">8080</port><securePort enabled=\"false\">443</securePort><countryId>1</countryId>",
            "<dataCenterInfo class=\"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo\"><name>MyOwn</name></dataCenterInfo>",
            "<leaseInfo><renewalIntervalInSecs>30</renewalIntervalInSecs><durationInSecs>90</durationInSecs><registrationTimestamp>1700000000000</registrationTimestamp>",
            "<lastRenewalTimestamp>1700000000000</lastRenewalTimestamp><evictionTimestamp>0</evictionTimestamp><serviceUpTimestamp>1700000000000</serviceUpTimestamp></leaseInfo>",
            "<metadata><a__b>&lt;&amp;&gt;\uFFFD</a__b><zone>zone-a</zone></metadata><homePageUrl>http://10.0.0.1:8080/</homePageUrl>",
            "<vipAddress>orders</vipAddress><secureVipAddress>orders</secureVipAddress><isCoordinatingDiscoveryServer>false</isCoordinatingDiscoveryServer>",
            "<lastUpdatedTimestamp>1700000000000</lastUpdatedTimestamp><lastDirtyTimestamp>1700000000000</lastDirtyTimestamp><actionType>ADDED</actionType>",
            "</instance></application></applications>"));
    }

    [Fact]
    public void WhatTheClientSaidIsKept()
    {
        var detail = new EurekaDetail
        {
            App = "Shop-Orders",
            Vip = "orders,orders-v2",
            SecureVip = "s-orders",
            SecurePort = 8443,
            IsSecureOn = true,
            HomePageUrl = "http://*:8080/home",
            StatusPageUrl = "https://*:8443/info?host=orders-1",
            HealthCheckUrl = "http://elsewhere/health",
            SecureHealthCheckUrl = "https://*/health",
            DataCenter = "Amazon",
            DataCenterMetadata = ImmutableSortedDictionary<string, string>.Empty.Add("instance-id", "i-1"),
            RenewalSeconds = 5,
            DurationSeconds = 15,
            AsgName = "asg",
            AppGroupName = "group",
        };
        var directory = _states.Show(Instance("orders", "10.0.0.1", detail: detail, id: "orders-1"));
        var json = Json(directory.All(EurekaJson.Shared))["application"]![0]!["instance"]![0]!;
        ((string?)json["instanceId"], (string?)json["app"], (string?)json["vipAddress"], (string?)json["secureVipAddress"])
            .ShouldBe(("orders-1", "SHOP-ORDERS", "orders,orders-v2", "s-orders"));
        ((string?)json["homePageUrl"], (string?)json["statusPageUrl"], (string?)json["healthCheckUrl"], (string?)json["secureHealthCheckUrl"])
            .ShouldBe(("http://10.0.0.1:8080/home", "https://10.0.0.1:8443/info?host=orders-1", "http://elsewhere/health", "https://10.0.0.1/health"));
        json["securePort"]!.ToJsonString().ShouldBe("""{"$":8443,"@enabled":"true"}""");
        json["dataCenterInfo"]!.ToJsonString().ShouldBe("""{"@class":"com.netflix.appinfo.AmazonInfo","name":"Amazon","metadata":{"instance-id":"i-1"}}""");
        ((int?)json["leaseInfo"]!["renewalIntervalInSecs"], (int?)json["leaseInfo"]!["durationInSecs"], (string?)json["asgName"], (string?)json["appGroupName"])
            .ShouldBe((5, 15, "asg", "group"));
        var xml = Xml(directory.All(EurekaXml.Shared)).Descendants("instance").Single();
        (xml.Element("homePageUrl")!.Value, xml.Element("securePort")!.Value, xml.Element("dataCenterInfo")!.Element("metadata")!.Element("instance-id")!.Value)
            .ShouldBe(("http://10.0.0.1:8080/home", "8443", "i-1"));
    }

    [Theory]
    [InlineData(InstanceStatus.Up, null, "UP", "UNKNOWN")]
    [InlineData(InstanceStatus.Starting, "NotReady", "STARTING", "UNKNOWN")]
    [InlineData(InstanceStatus.OutOfService, "SetByPod", "OUT_OF_SERVICE", "OUT_OF_SERVICE")]
    [InlineData(InstanceStatus.OutOfService, ClientReasons.OutOfService, "OUT_OF_SERVICE", "OUT_OF_SERVICE")]
    [InlineData(InstanceStatus.OutOfService, ClientReasons.Down, "DOWN", "UNKNOWN")]
    [InlineData(InstanceStatus.OutOfService, ClientReasons.Critical, "DOWN", "UNKNOWN")]
    [InlineData(InstanceStatus.OutOfService, ClientReasons.Starting, "STARTING", "UNKNOWN")]
    [InlineData(InstanceStatus.OutOfService, ClientReasons.Warning, "OUT_OF_SERVICE", "OUT_OF_SERVICE")]
    [InlineData(InstanceStatus.OutOfService, ClientReasons.Maintenance, "OUT_OF_SERVICE", "OUT_OF_SERVICE")]
    [InlineData(InstanceStatus.OutOfService, ClientReasons.Disabled, "OUT_OF_SERVICE", "OUT_OF_SERVICE")]
    [InlineData(InstanceStatus.Down, "ContainerRestarted", "DOWN", "UNKNOWN")]
    [InlineData(InstanceStatus.Terminating, null, "DOWN", "UNKNOWN")]
    public void EveryStatusHasAWordOfEurekas(InstanceStatus status, string? reason, string shown, string overridden)
    {
        var one = EurekaInstance.Of(Instance("orders", "10.0.0.1", status: status, reason: reason))!;
        (one.Status, one.OverriddenStatus).ShouldBe((shown, overridden));
    }

    [Fact]
    public void TheHostNameIsTheAddressOrAStatefulSetsNameOrWhereOnlyTheSecurePortIsOnTheClients()
    {
        var stable = new InstanceHostname("orders-0", "orders-0.orders.shop.svc");
        var secure = new EurekaDetail { HostName = "orders.example.com", IsSecureOn = true, IsPlainOff = true, PlainPort = 80, HomePageUrl = "https://*:8443/" };
        Shown(Instance("orders", "10.0.0.1")).ShouldBe(("10.0.0.1", "http://10.0.0.1:8080/", "8080 true", "443 false"));
        Shown(Instance("orders", "fd00::1")).ShouldBe(("fd00::1", "http://[fd00::1]:8080/", "8080 true", "443 false"));
        Shown(Instance("orders", "10.0.0.1") with { Hostname = stable }).ShouldBe(("orders-0.orders.shop.svc", "http://orders-0.orders.shop.svc:8080/", "8080 true", "443 false"));
        Shown(Instance("orders", "10.0.0.1", 8443, detail: secure, id: "i") with { Hostname = stable }).ShouldBe(("orders.example.com", "https://orders.example.com:8443/", "80 false", "8443 true"));
        var native = Instance("orders", "10.0.0.1", 8443);
        Shown(native with { Key = native.Key with { Protocol = "https" } }).ShouldBe(("10.0.0.1", "https://10.0.0.1:8443/", "8443 false", "8443 true"));

        static (string, string, string, string) Shown(Instance instance)
        {
            var one = EurekaInstance.Of(instance)!;
            return (one.HostName, one.HomePageUrl, $"{one.Port.Number} {(one.Port.Enabled ? "true" : "false")}", $"{one.SecurePort.Number} {(one.SecurePort.Enabled ? "true" : "false")}");
        }
    }

    [Fact]
    public void NamesThatDifferInCaseAreOneApplication()
    {
        var directory = _states.Show(Instance("Orders", "10.0.0.1"), Instance("orders", "10.0.0.2"), Instance("users", "10.0.0.3"));
        Lines(directory.All(EurekaJson.Shared)).ShouldBe(["ORDERS 10.0.0.1:Orders:8080 UP ADDED", "ORDERS 10.0.0.2:orders:8080 UP ADDED", "USERS 10.0.0.3:users:8080 UP ADDED"]);
        directory.Find("oRDERS")!.Instances.Length.ShouldBe(2);
        directory.Find("users", "10.0.0.3:users:8080").ShouldNotBeNull();
        directory.Find("orders", "10.0.0.3:users:8080").ShouldBeNull();
        directory.FindAnywhere("10.0.0.3:users:8080").ShouldNotBeNull();
        directory.FindAnywhere("no such").ShouldBeNull();
    }

    [Fact]
    public void AnIdThatEveryReplicaSaysIsMadeUnique()
    {
        var directory = _states.Show(
            Instance("orders", "10.0.0.1", id: "orders-8080"), Instance("orders", "10.0.0.2", id: "orders-8080"), Instance("orders", "10.0.0.3", id: "orders-8080"));
        var ids = directory.Find("orders")!.Instances.Select(static one => one.InstanceId).ToList();
        ids.Distinct().Count().ShouldBe(3);
        ids.ShouldContain("orders-8080");
        ids.Count(static id => id.StartsWith("orders-8080:10.0.0.", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public void AVipAddressIsComparedPartByPartWithoutCase()
    {
        var directory = _states.Show(
            Instance("orders", "10.0.0.1", detail: new EurekaDetail { Vip = "orders, orders-v2", SecureVip = "safe" }, id: "a"),
            Instance("orders", "10.0.0.2", status: InstanceStatus.Starting),
            Instance("users", "10.0.0.3"));
        Lines(directory.WithVip("ORDERS", false, EurekaJson.Shared).List).Count.ShouldBe(2);
        Json(directory.WithVip("orders", false, EurekaJson.Shared).List)["apps__hashcode"]!.GetValue<string>().ShouldBe("STARTING_1_UP_1_");
        Lines(directory.WithVip("orders-v2", false, EurekaJson.Shared).List).ShouldHaveSingleItem();
        Lines(directory.WithVip("safe", true, EurekaJson.Shared).List).ShouldHaveSingleItem();
        Lines(directory.WithVip("order", false, EurekaJson.Shared).List).ShouldBeEmpty();
        Xml(directory.WithVip("orders", false, EurekaXml.Shared).List).Descendants("instance").Count().ShouldBe(2);
        directory.WithVip("orders", false, EurekaJson.Shared).ShouldBeSameAs(directory.WithVip("Orders", false, EurekaJson.Shared));
    }

    [Fact]
    public void TheHashCountsEveryStatus()
    {
        var directory = _states.Show(Instance("a", "10.0.0.1"), Instance("a", "10.0.0.2"), Instance("b", "10.0.0.3"), Instance("b", "10.0.0.4", status: InstanceStatus.Down));
        directory.Hash.ShouldBe("DOWN_1_UP_3_");
    }

    [Fact]
    public void AnInstanceWithoutAnAddressIsLeftOut() =>
        _states.Show(Instance("a", "10.0.0.1") with { Address = null }).Applications.ShouldBeEmpty();

    [Fact]
    public void AnswersAreMadeOnceForEachStateAndApplicationsThatDidNotChangeAreShared()
    {
        var (orders, users) = (Instance("orders", "10.0.0.1"), Instance("users", "10.0.0.2"));
        var first = _states.Show(orders, users);
        first.All(EurekaJson.Shared).ShouldBeSameAs(first.All(EurekaJson.Shared));
        var second = _states.Show(orders with { Status = InstanceStatus.Starting }, users);
        second.Find("users")!.Bytes(EurekaJson.Shared).ShouldBe(first.Find("users")!.Bytes(EurekaJson.Shared));
        second.Find("orders").ShouldNotBeSameAs(first.Find("orders"));
    }

    [Fact]
    public void IdsThatClientsMadeUpToMeetThoseOfOthersHideNoInstance()
    {
        var victim = Instance("orders", "10.0.0.9", id: "x") with { RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_001_000) };
        var directory = _states.Show(
            victim, Instance("orders", "10.0.0.1", 8081, id: "x"), Instance("orders", "10.0.0.1", 8082, id: "x:10.0.0.9"),
            Instance("orders", "10.0.0.1", 8083, id: $"x:{victim.Id}"), Instance("orders", "10.0.0.1", 8084, id: $"x:10.0.0.9:{victim.Id}"));
        var ids = directory.Find("orders")!.Instances.Select(static one => one.InstanceId).ToList();
        ids.Count.ShouldBe(5);
        ids.ShouldBeUnique();
    }

    [Fact]
    public void AnEmptyKeyDoesNotSpoilTheListOfAll()
    {
        var empty = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("", "x").Add("a", "b");
        var directory = _states.Show(
            Instance("orders", "10.0.0.1", detail: EurekaDetail.None with { DataCenterMetadata = empty }, id: "a") with { Metadata = empty }, Instance("carts", "10.0.0.2"));
        Xml(directory.All(EurekaXml.Shared)).Elements("application").Count().ShouldBe(2);
        Lines(directory.All(EurekaJson.Shared)).Count.ShouldBe(2);
    }
}
