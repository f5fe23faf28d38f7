using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>A small cluster and a gateway that speaks Eureka; callers are pods by the address that a test says.</summary>
internal sealed class EurekaWorld : FacadeWorld
{
    private EurekaWorld(SmallCluster small, IEnumerable<(string Key, string Value)> settings, TimeProvider? time)
        : base(small, settings, time)
    {
    }

    public static Task<EurekaWorld> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    public static async Task<EurekaWorld> StartAsync(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        var world = new EurekaWorld(await SmallCluster.StartAsync(), settings, time);
        await world.RunAsync();
        return world;
    }

    /// <summary>A call from the pod with that address.</summary>
    public async Task<Answer> CallAsync(
        string method, string path, string? body = null, string from = Address, string mediaType = "application/json", string? accept = "application/json",
        params (string Name, string Value)[] headers)
    {
        var all = new List<(string Name, string Value)> { (RemoteAddressFilter.Header, from) };
        if (accept is not null)
            all.Add(("Accept", accept));
        using var answer = await Http.CallAsync(method, path, body, mediaType, [.. all, .. headers]);
        return new Answer(answer.StatusCode, await answer.Content.ReadAsStringAsync().Within(), answer.Content.Headers, answer.Headers);
    }

    /// <summary>What Spring's client sends, as the default; with other members in place of these.</summary>
    public static string Body(string app = "ORDERS", string id = "orders-1", string address = Address, string members = "") => $$"""
        {"instance":{"instanceId":"{{id}}","hostName":"host-of-{{id}}","app":"{{app}}","ipAddr":"{{address}}","status":"UP","overriddenStatus":"UNKNOWN",
         "port":{"$":8080,"@enabled":"true"},"securePort":{"$":443,"@enabled":"false"},"countryId":1,
         "dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},
         "leaseInfo":{"renewalIntervalInSecs":30,"durationInSecs":90,"registrationTimestamp":0,"lastRenewalTimestamp":0,"evictionTimestamp":0,"serviceUpTimestamp":0},
         "metadata":{"management.port":"8081"},"homePageUrl":"http://host-of-{{id}}:8080/","statusPageUrl":"http://host-of-{{id}}:8080/actuator/info",
         "vipAddress":"{{app.ToLowerInvariant()}}","secureVipAddress":"{{app.ToLowerInvariant()}}","isCoordinatingDiscoveryServer":"false",
         "lastUpdatedTimestamp":"1700000000000","lastDirtyTimestamp":"1700000000000"{{(members.Length == 0 ? "" : "," + members)}} } }
        """;

    public async Task RegisterAsync(string body, string app = "ORDERS", string from = Address)
    {
        var answer = await CallAsync("POST", $"/eureka/apps/{app}", body, from);
        ((int)answer.Status, answer.Text).ShouldBe((204, ""));
    }

    /// <summary>The status of that instance as the facade shows it; null: it is not there.</summary>
    public async Task<string?> StatusAsync(string path = "ORDERS/orders-1", string from = Address)
    {
        var answer = await CallAsync("GET", $"/eureka/apps/{path}", from: from);
        return answer.Status == HttpStatusCode.NotFound ? null : (string?)answer.Json["instance"]!["status"];
    }

    public async Task<JsonNode> InstanceAsync(string path = "ORDERS/orders-1") => (await CallAsync("GET", $"/eureka/apps/{path}")).Json["instance"]!;

    /// <summary>Asks the gateway's state until the status is that one: a snapshot between two looks.</summary>
    public async Task StatusWillBeAsync(string? status, string path = "ORDERS/orders-1")
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            var before = Gateway.State.Current.Sequence;
            if (await StatusAsync(path) == status)
                return;
            (await Gateway.State.WaitAsync(snapshot => snapshot.Sequence > before, Patience.Limit, deadline.Token)).ShouldNotBeNull($"{path} is {await StatusAsync(path) ?? "not there"}");
        }
    }

    internal sealed record Answer(HttpStatusCode Status, string Text, HttpContentHeaders Content, HttpResponseHeaders Headers)
    {
        public JsonNode Json => JsonNode.Parse(Text)!;

        public XElement Xml => XElement.Parse(Text);
    }
}
