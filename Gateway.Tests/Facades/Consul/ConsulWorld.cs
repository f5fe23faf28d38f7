using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
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

namespace Gateway.Tests.Facades.Consul;

/// <summary>A small cluster and a gateway that speaks Consul; callers are pods by the address that a test says.</summary>
internal sealed class ConsulWorld : IAsyncDisposable
{
    public const string Address = "10.0.0.1";

    private readonly KeyValuePair<string, string?>[] _settings;
    private readonly TimeProvider? _time;

    private ConsulWorld(SmallCluster small, KeyValuePair<string, string?>[] settings, TimeProvider? time) => (Small, _settings, _time) = (small, settings, time);

    public SmallCluster Small { get; }

    public EmulatedCluster Cluster => Small.Cluster;

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public HttpClient Http => Gateway.Http;

    /// <summary>Where every connection comes from that does not say another address; null: from loopback.</summary>
    public string? Everyone { get; set; }

    public static async Task<ConsulWorld> StartAsync(params (string Key, string Value)[] settings) => await StartAsync(null, settings);

    public static async Task<ConsulWorld> StartAsync(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        var small = await SmallCluster.StartAsync();
        small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"bank"}}""");
        small.Node("node-1", "zone-a");
        var world = new ConsulWorld(small, [.. settings.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))], time);
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

    public void Pod(string name, string address, string ns = "shop", string labels = "{}", string spec = "", string node = "node-1")
    {
        Small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}","labels":{{labels}} },"spec":{ {{spec}} "containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        Cluster.Player.Run(ns, name, node, [.. address.Split(',').Select(IPAddress.Parse)]);
    }

    public string Token(string pod, string ns = "shop", TimeSpan? lifetime = null) => Cluster.IssueToken(ns, "default", pod, ["registry-gateway"], lifetime);

    /// <summary>How often pods were patched.</summary>
    public int Patches => Cluster.Requests.Count(static one => one.Request.Method == "PATCH" && one.Request.Path.Contains("/pods/", StringComparison.Ordinal));

    /// <summary>A call from the pod with that address, by any replica.</summary>
    public async Task<Answer> CallAsync(
        string method, string path, string? body = null, string? from = Address, HttpClient? at = null, params (string Name, string Value)[] headers)
    {
        (string, string)[] all = from is null ? headers : [(RemoteAddressFilter.Header, from), .. headers];
        using var answer = await (at ?? Http).CallAsync(method, path, body, "application/json", all);
        return new Answer(answer.StatusCode, await answer.Content.ReadAsStringAsync().Within(), answer.Content.Headers, answer.Headers);
    }

    public async Task<Answer> GetAsync(string path, string? from = Address, HttpClient? at = null)
    {
        var answer = await CallAsync("GET", path, null, from, at);
        ((int)answer.Status).ShouldBe(200, answer.Text);
        return answer;
    }

    public async Task PutAsync(string path, string? body = null, string? from = Address, HttpClient? at = null)
    {
        var answer = await CallAsync("PUT", path, body, from, at);
        ((int)answer.Status, answer.Text).ShouldBe((200, ""), path);
    }

    /// <summary>What node-consul sends, as the default.</summary>
    public static string Body(string id = "orders-1", string name = "orders", string address = Address, string members = "") => $$"""
        {"Name":"{{name}}","ID":"{{id}}","Tags":["v1","http"],"Meta":{"zone":"a"},"Address":"{{address}}","Port":8080,
         "Check":{"TTL":"10s","DeregisterCriticalServiceAfter":"1m"}{{(members.Length == 0 ? "" : "," + members)}} }
        """;

    public Task RegisterAsync(string? body = null, string from = Address, HttpClient? at = null) => PutAsync("/v1/agent/service/register", body ?? Body(address: from), from, at);

    /// <summary>The passing instances' ids.</summary>
    public async Task<IReadOnlyList<string>> PassingAsync(string service = "orders", HttpClient? at = null) =>
        [.. (await GetAsync($"/v1/health/service/{service}?passing=true", at: at)).Json.AsArray().Select(static one => (string)one!["Service"]!["ID"]!)];

    /// <summary>Asks the gateway's state until that many pass: a snapshot between two looks.</summary>
    public async Task PassingWillBeAsync(int count, string service = "orders")
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            var before = Gateway.State.Current.Sequence;
            if ((await PassingAsync(service)).Count == count)
                return;
            (await Gateway.State.WaitAsync(snapshot => snapshot.Sequence > before, Patience.Limit, deadline.Token)).ShouldNotBeNull();
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

        public ulong Index => ulong.Parse(Headers.GetValues("X-Consul-Index").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class From(ConsulWorld world) : IStartupFilter
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
