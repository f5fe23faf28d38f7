using System.Text;
using Gateway.Api.Facades.Eureka;
using Gateway.Core.Results;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>What a client says of its instance, in both forms, and the texts by which a wrong body is refused.</summary>
public sealed class EurekaBodyTests
{
    private const string Json =
        """
        {"instance":{"instanceId":"orders-1","hostName":"orders-1.local","app":"Orders","ipAddr":"10.0.0.1","status":"UP",
         "overriddenStatus":"UNKNOWN","port":{"$":8080,"@enabled":"true"},"securePort":{"$":443,"@enabled":"false"},"countryId":1,
         "dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},
         "leaseInfo":{"renewalIntervalInSecs":5,"durationInSecs":"15","registrationTimestamp":0},
         "metadata":{"@class":"java.util.Collections$EmptyMap","zone":"a","management.port":"8081","a_b":1,"flag":true},
         "homePageUrl":"http://orders-1.local:8080/","statusPageUrl":"http://orders-1.local:8080/actuator/info",
         "healthCheckUrl":"http://elsewhere/health","vipAddress":"orders","secureVipAddress":"orders",
         "isCoordinatingDiscoveryServer":"false","lastUpdatedTimestamp":"1","lastDirtyTimestamp":"1700000000000","actionType":"ADDED"}}
        """;

    private const string Xml =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <instance><instanceId>orders-1</instanceId><hostName>orders-1.local</hostName><app>Orders</app><ipAddr>10.0.0.1</ipAddr>
         <status>UP</status><overriddenstatus>UNKNOWN</overriddenstatus><port enabled="true">8080</port><securePort enabled="false">443</securePort>
         <countryId>1</countryId><dataCenterInfo class="com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"><name>MyOwn</name></dataCenterInfo>
         <leaseInfo><renewalIntervalInSecs>5</renewalIntervalInSecs><durationInSecs>15</durationInSecs></leaseInfo>
         <metadata class="java.util.Collections$EmptyMap"><zone>a</zone><management.port>8081</management.port><a__b>1</a__b><flag>true</flag></metadata>
         <homePageUrl>http://orders-1.local:8080/</homePageUrl><statusPageUrl>http://orders-1.local:8080/actuator/info</statusPageUrl>
         <healthCheckUrl>http://elsewhere/health</healthCheckUrl><vipAddress>orders</vipAddress><secureVipAddress>orders</secureVipAddress>
         <lastDirtyTimestamp>1700000000000</lastDirtyTimestamp></instance>
        """;

    [Theory]
    [InlineData(Json, "application/json")]
    [InlineData(Json, "application/json;charset=UTF-8")]
    [InlineData(Json, "text/json")]
    [InlineData(Json, null)]
    [InlineData(Json, "application/xml")]
    [InlineData(Xml, "application/xml")]
    [InlineData(Xml, "text/xml;charset=UTF-8")]
    [InlineData(Xml, null)]
    public void BothFormsSayTheSame(string text, string? mediaType)
    {
        var (body, dirty) = Read(text, mediaType).Value;
        (body.InstanceId, body.App, body.HostName, body.IpAddr, body.Status).ShouldBe(("orders-1", "Orders", "orders-1.local", "10.0.0.1", "UP"));
        (body.Port, body.SecurePort).ShouldBe((new EurekaPort(8080, true), new EurekaPort(443, false)));
        (body.RenewalSeconds, body.DurationSeconds, dirty).ShouldBe((5, 15, 1_700_000_000_000));
        body.Metadata.ShouldBe(new Dictionary<string, string> { ["zone"] = "a", ["management.port"] = "8081", ["a_b"] = "1", ["flag"] = "true" }, ignoreOrder: true);
        (body.Vip, body.Service, body.DataCenter.Name).ShouldBe(("orders", "orders", "MyOwn"));
        EurekaDetail.Of(body).ToJson().ShouldBe(
            """{"app":"Orders","securePort":443,"home":"http://*:8080/","status":"http://*:8080/actuator/info","health":"http://elsewhere/health","renewal":5,"duration":15}""");
        var kept = EurekaDetail.Read(EurekaDetail.Of(body).ToJson());
        kept.ToJson().ShouldBe(EurekaDetail.Of(body).ToJson());
    }

    [Fact]
    public void WhatEurekaJsSendsIsTaken()
    {
        var (body, dirty) = Read("""
            {"instance":{"app":"demo","hostName":"10.0.0.1","ipAddr":"10.0.0.1","port":{"$":8080,"@enabled":true},"vipAddress":"demo",
             "dataCenterInfo":{"name":"MyOwn"},"status":"UP"}}
            """, "application/json").Value;
        (body.InstanceId, body.Service, body.MainPort, dirty).ShouldBe(("10.0.0.1", "demo", 8080, null));
    }

    [Fact]
    public void AnAmazonInstanceIsCalledByItsAmazonId()
    {
        var (body, _) = Read("""
            {"instance":{"app":"demo","hostName":"h","ipAddr":"10.0.0.1","port":8080,
             "dataCenterInfo":{"@class":"com.netflix.appinfo.AmazonInfo","name":"Amazon","metadata":{"instance-id":"i-1"} } } }
            """, "application/json").Value;
        (body.InstanceId, body.DataCenter.Name, body.Port).ShouldBe(("i-1", "Amazon", new EurekaPort(8080, true)));
    }

    [Theory]
    [InlineData("orders", "orders")]
    [InlineData("Orders,orders-v2", "Orders")]
    [InlineData("${unset}, orders-v2", "orders-v2")]
    [InlineData("a b", "demo")]
    [InlineData("", "demo")]
    public void TheServiceIsTheFirstLegalPartOfTheVipAddress(string vip, string service) =>
        Read(Demo($$""" "vipAddress":"{{vip}}", "port":1 """)).Value.Body.Service.ShouldBe(service);

    [Fact]
    public void WhereOnlyTheSecurePortIsOnItIsThePort()
    {
        var body = Read(Demo(""" "port":{"$":80,"@enabled":"false"},"securePort":{"$":8443,"@enabled":"true"} """)).Value.Body;
        (body.IsSecureOnly, body.MainPort).ShouldBe((true, 8443));
        EurekaDetail.Of(body).ToJson().ShouldBe("""{"app":"Demo","host":"h","vip":"","secureVip":"","secure":true,"plainPort":80,"plainOff":true}""");
    }

    [Theory]
    [InlineData("""{"instance":{"app":"demo","ipAddr":"1.2.3.4","port":1,"dataCenterInfo":{"name":"MyOwn"}}}""", "Missing instanceId")]
    [InlineData("""{"instance":{"instanceId":" ","app":"demo","ipAddr":"1.2.3.4"}}""", "Missing instanceId")]
    [InlineData("""{"instance":{"instanceId":"i","app":"demo","ipAddr":"1.2.3.4"}}""", "Missing hostname")]
    [InlineData("""{"instance":{"instanceId":"i","hostName":"h","app":"demo"}}""", "Missing ip address")]
    [InlineData("""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4"}}""", "Missing appName")]
    [InlineData("""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4","app":"other"}}""", "Mismatched appName, expecting DEMO but was OTHER")]
    [InlineData("""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4","app":"DEMO","port":1}}""", "Missing dataCenterInfo")]
    [InlineData("""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4","app":"DEMO","port":1,"dataCenterInfo":{}}}""", "Missing dataCenterInfo Name")]
    [InlineData("<instance><instanceId>i</instanceId><hostName>h</hostName><ipAddr>1.2.3.4</ipAddr><app>demo</app></instance>", "Missing dataCenterInfo")]
    [InlineData("<instance/>", "Missing instanceId")]
    [InlineData("""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4","app":"demo","dataCenterInfo":{"name":"Elsewhere"}}}""", "Invalid dataCenterInfo Name")]
    [InlineData("""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4","app":"demo","dataCenterInfo":"MyOwn"}}""", "Invalid dataCenterInfo")]
    [InlineData("""{"instance":{"instanceId":"a\u0000b","hostName":"h","ipAddr":"1.2.3.4","app":"demo","dataCenterInfo":{"name":"MyOwn"}}}""", "Invalid instanceId")]
    [InlineData("""{"instance":{"instanceId":["i"]}}""", "Invalid instanceId: it must be a text")]
    [InlineData("""{"instance":{"instanceId":{"a":1},"app":"demo"}}""", "Invalid instanceId: it must be a text")]
    public void ABodyWithoutWhatIsNeededIsRefusedWithTheServersText(string body, string text)
    {
        Read(body).IsRefused(out var refusal).ShouldBeTrue();
        refusal.Code.ShouldBe(RefusalCodes.InvalidRegistration);
        refusal.Detail.ShouldStartWith(text);
    }

    [Theory]
    [InlineData(""" "vipAddress":"v" """, "Missing port")]
    [InlineData(""" "port":{"$":"http"} """, "Invalid port: it must be a number")]
    [InlineData(""" "port":{"$":8080,"@enabled":"maybe"} """, "Invalid port: @enabled")]
    [InlineData(""" "port":70000 """, "Invalid port: it must be 1 to 65535")]
    [InlineData(""" "port":-1 """, "Invalid port: it must be 1 to 65535")]
    [InlineData(""" "port":8080.5 """, "Invalid port")]
    [InlineData(""" "port":[8080] """, "Invalid port: it must be a text")]
    [InlineData(""" "port":1,"metadata":[] """, "Invalid metadata: it must be an object")]
    [InlineData(""" "port":1,"metadata":"a" """, "Invalid metadata: it must be an object")]
    [InlineData(""" "port":1,"metadata":{"a":{"b":"c"}} """, "Invalid metadata: 'a' must be a text")]
    [InlineData(""" "port":1,"leaseInfo":"long" """, "Invalid leaseInfo")]
    [InlineData(""" "port":1,"leaseInfo":{"durationInSecs":"long"} """, "Invalid leaseInfo")]
    [InlineData(""" "port":1,"lastDirtyTimestamp":"yesterday" """, "Invalid lastDirtyTimestamp")]
    [InlineData(""" "port":1,"vipAddress":{"a":"b"} """, "Invalid vipAddress")]
    public void AValueOfAWrongTypeIsRefused(string members, string text)
    {
        Read(Demo(members)).IsRefused(out var refusal).ShouldBeTrue();
        refusal.Detail.ShouldStartWith(text);
    }

    [Theory]
    [InlineData("unknown", "Invalid appName: UNKNOWN")]
    [InlineData("a b", "Invalid appName: it must be 1 to 253")]
    [InlineData("a/b", "Invalid appName: it must be 1 to 253")]
    public void AnAppThatIsNoNameIsRefused(string app, string text)
    {
        Read($$"""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4","app":"{{app}}","port":1,"dataCenterInfo":{"name":"MyOwn"} } }""", null, app).IsRefused(out var refusal).ShouldBeTrue();
        refusal.Detail.ShouldStartWith(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"instance":[]}""")]
    [InlineData("""{"instance":"x"}""")]
    [InlineData("""{"instance":{"app":"\uD800"}}""")]
    [InlineData("<instance>")]
    [InlineData("<instance></instance><more/>")]
    [InlineData("<other/>")]
    [InlineData("<!DOCTYPE instance [<!ENTITY e \"x\">]><instance><app>&e;</app></instance>")]
    [InlineData("<instance><app>&undeclared;</app></instance>")]
    public void WhatIsNoBodyIsMalformed(string body)
    {
        Read(body).IsRefused(out var refusal).ShouldBeTrue();
        refusal.Code.ShouldBe(RefusalCodes.MalformedJson);
    }

    [Fact]
    public void WhatIsNestedTooDeeplyIsMalformed()
    {
        foreach (var body in new[] { string.Concat(Enumerable.Repeat("""{"instance":""", 100)), $"<instance>{string.Concat(Enumerable.Repeat("<a>", 5_000))}" })
        {
            Read(body).IsRefused(out var refusal).ShouldBeTrue();
            refusal.Code.ShouldBe(RefusalCodes.MalformedJson);
        }
    }

    [Fact]
    public void WhatHasFarTooManyValuesIsMalformed()
    {
        var many = string.Join(",", Enumerable.Repeat("1", 100_000));
        foreach (var body in new[] { $$"""{"instance":{"metadata":[{{many}}]} }""", $"<instance>{string.Concat(Enumerable.Repeat("<a/>", 100_000))}</instance>" })
        {
            Read(body).IsRefused(out var refusal).ShouldBeTrue();
            refusal.Code.ShouldBe(RefusalCodes.MalformedJson);
        }
    }

    private static string Demo(string members) =>
        $$"""{"instance":{"instanceId":"i","hostName":"h","ipAddr":"1.2.3.4","app":"Demo","dataCenterInfo":{"name":"MyOwn"},{{members}} } }""";

    private static Result<(EurekaBody Body, long? Dirty)> Read(string body, string? mediaType = null, string? app = null)
    {
        var node = EurekaNode.Read(Encoding.UTF8.GetBytes(body), mediaType, "instance");
        if (node.IsRefused(out var refusal))
            return refusal;
        return EurekaBody.Of(node.Value, app ?? (body.Contains("Orders", StringComparison.Ordinal) && body.Contains("orders-1", StringComparison.Ordinal) ? "ORDERS" : "demo"));
    }
}
