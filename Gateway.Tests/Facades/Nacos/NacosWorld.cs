using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Tests.Callers;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>
/// A gateway as in production that speaks Nacos, knows pods by their addresses, and follows a cluster of the test. <c>orders-1</c>, <c>orders-2</c> (shop) and
/// <c>biller-1</c> (billing) run at 10.0.0.1, 10.0.0.2 and 10.0.0.3.
/// </summary>
internal sealed class NacosWorld(FencedRegistry registry) : IAsyncDisposable
{
    public const string First = "10.0.0.1";
    public const string Second = "10.0.0.2";
    public const string Biller = "10.0.0.3";
    public const string Stranger = "10.0.0.77";

    public FencedRegistry Registry => registry;

    /// <summary>PATCHes at the API server so far.</summary>
    public int Patches => registry.Cluster.Requests.Count(static request => request.Method == "PATCH");

    public static async Task<NacosWorld> StartAsync(params (string Key, string Value)[] settings)
    {
        var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Pod("shop", "orders-1", First);
            world.Pod("shop", "orders-2", Second);
            world.Pod("billing", "biller-1", Biller);
        }, [("Facades:Nacos", "true"), ("Identity:SourceAddress", "true"), .. settings]);
        await registry.SeenAsync("shop", "orders-1", "orders-2");
        await registry.SeenAsync("billing", "biller-1");
        return new NacosWorld(registry);
    }

    public async Task<NacosAnswered> CallAsync(string method, string path, string address = First, string? form = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (form is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(form));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded");
        }

        request.Headers.Add(RemoteAddressFilter.Header, address);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        using var answer = await registry.Http.SendAsync(request).Within();
        return new((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers.RetryAfter is not null, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A call that has to succeed.</summary>
    public async Task<NacosAnswered> DoAsync(string method, string path, string address = First, string? form = null)
    {
        var answer = await CallAsync(method, path, address, form);
        answer.Status.ShouldBe(200, answer.Text);
        return answer;
    }

    public async Task<JsonNode> ListAsync(string query = "serviceName=orders", string address = Second) =>
        (await DoAsync("GET", "/nacos/v1/ns/instance/list?" + query, address)).Json;

    /// <summary>Asks again until the list is as wanted: the protocol has no way to wait.</summary>
    public async Task<JsonNode> ListUntilAsync(Func<JsonArray, bool> met, string query = "serviceName=orders", string address = Second)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            var list = await ListAsync(query, address);
            if (met(list["hosts"]!.AsArray()))
                return list;
            await poll.WaitForNextTickAsync(deadline.Token);
        }
    }

    public async Task<JsonArray> NativeAsync(string service = "orders", string query = "?status=any") =>
        (await DoAsync("GET", $"/v1/namespaces/shop/services/{service}/instances{query}")).Json["instances"]!.AsArray();

    /// <summary>Until the native API shows that pod's instance as DOWN.</summary>
    public Task NativeUntilDownAsync(string pod) => registry.Gateway.State.WaitAsync(
        snapshot => snapshot.Find(new("shop", "orders")).Instances.Any(one => one.Pod?.Name == pod && one.Status == Gateway.Core.Registry.Instances.InstanceStatus.Down), Patience.Limit);

    public ValueTask DisposeAsync() => registry.DisposeAsync();
}

/// <summary>An answer as a client reads it.</summary>
internal sealed record NacosAnswered(int Status, string? MediaType, bool HasRetryAfter, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;
}
