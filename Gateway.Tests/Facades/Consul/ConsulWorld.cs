using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Consul;

/// <summary>A small cluster and a gateway that speaks Consul; callers are pods by the address that a test says.</summary>
internal sealed class ConsulWorld : FacadeWorld
{
    private ConsulWorld(SmallCluster small, IEnumerable<(string Key, string Value)> settings, TimeProvider? time)
        : base(small, settings, time)
    {
    }

    public static Task<ConsulWorld> StartAsync(params (string Key, string Value)[] settings) => StartAsync(null, settings);

    public static async Task<ConsulWorld> StartAsync(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        var world = new ConsulWorld(await SmallCluster.StartAsync(), settings, time);
        await world.RunAsync();
        return world;
    }

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

    internal sealed record Answer(HttpStatusCode Status, string Text, HttpContentHeaders Content, HttpResponseHeaders Headers)
    {
        public JsonNode Json => JsonNode.Parse(Text)!;

        public ulong Index => ulong.Parse(Headers.GetValues("X-Consul-Index").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
