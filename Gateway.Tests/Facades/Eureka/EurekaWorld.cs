using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>A small cluster and a gateway that speaks Eureka; callers are pods by the address that a test says.</summary>
internal sealed class EurekaWorld : IAsyncDisposable
{
    public const string Address = "10.0.0.1";

    private readonly KeyValuePair<string, string?>[] _settings;
    private readonly TimeProvider? _time;

    private EurekaWorld(SmallCluster small, KeyValuePair<string, string?>[] settings, TimeProvider? time) => (Small, _settings, _time) = (small, settings, time);

    public SmallCluster Small { get; }

    public EmulatedCluster Cluster => Small.Cluster;

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public HttpClient Http => Gateway.Http;

    /// <summary>Where every connection comes from that does not say another address; null: from loopback.</summary>
    public string? Everyone { get; set; }

    public static async Task<EurekaWorld> StartAsync(params (string Key, string Value)[] settings) => await StartAsync(null, settings);

    public static async Task<EurekaWorld> StartAsync(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        var small = await SmallCluster.StartAsync();
        small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"bank"}}""");
        small.Node("node-1", "zone-a");
        var world = new EurekaWorld(small, [.. settings.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))], time);
        world.Pod("orders-1", Address);
        world.Pod("orders-2", "10.0.0.2");
        world.Pod("vault-1", "10.0.1.1", "bank");
        world.Gateway = await world.ReplicaAsync();
        foreach (var (ns, pod) in new[] { ("shop", "orders-1"), ("shop", "orders-2"), ("bank", "vault-1") })
            (await world.Gateway.State.WaitAsync(snapshot => snapshot.RegistrationsOf(ns, pod) is not null, Patience.Limit)).ShouldNotBeNull();
        return world;
    }

    /// <summary>A gateway on the same cluster; the test's to dispose.</summary>
    public Task<GatewayUnderTest> ReplicaAsync(params (string Key, string Value)[] more) => GatewayUnderTest.StartAsync(
        Cluster.Url, [.. _settings, .. more.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))], time: _time,
        adjust: builder => builder.Services.AddSingleton<IStartupFilter>(new From(this)).AddSingleton<IStartupFilter>(new RemoteAddressFilter()));

    public async Task RestartAsync(params (string Key, string Value)[] more)
    {
        await Gateway.StopAsync();
        await Gateway.DisposeAsync();
        Gateway = await ReplicaAsync(more);
    }

    public void Pod(string name, string address, string ns = "shop", string labels = "{}", string spec = "")
    {
        Small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}","labels":{{labels}} },"spec":{ {{spec}} "containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        Cluster.Player.Run(ns, name, "node-1", [.. address.Split(',').Select(IPAddress.Parse)]);
    }

    public string Token(string pod, string ns = "shop", TimeSpan? lifetime = null) => Cluster.IssueToken(ns, "default", pod, ["registry-gateway"], lifetime);

    /// <summary>How often pods were patched.</summary>
    public int Patches => Cluster.Requests.Count(static one => one.Request.Method == "PATCH" && one.Request.Path.Contains("/pods/", StringComparison.Ordinal));

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

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Small.DisposeAsync();
    }

    internal sealed record Answer(HttpStatusCode Status, string Text, HttpContentHeaders Content, HttpResponseHeaders Headers)
    {
        public JsonNode Json => JsonNode.Parse(Text)!;

        public XElement Xml => XElement.Parse(Text);
    }

    private sealed class From(EurekaWorld world) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((HttpContext context, RequestDelegate following) =>
            {
                if (world.Everyone is { } address)
                    context.Connection.RemoteIpAddress = IPAddress.Parse(address);
                return following(context);
            });
            next(app);
        };
    }
}
