using System.Net;

namespace Gateway.Tests.Facades.Consul;

/// <summary>Whatever a client sends that cannot be carried out: Consul's own form and status, and nothing written.</summary>
public sealed class ConsulBadInputTests(ConsulBadInputTests.World shared) : IClassFixture<ConsulBadInputTests.World>
{
    private ConsulWorld It => shared.Consul;

    [Theory]
    [InlineData("", "Request decode failed")]
    [InlineData("{", "Request decode failed")]
    [InlineData("[]", "Request decode failed")]
    [InlineData("null", "Request decode failed")]
    [InlineData("\"text\"", "Request decode failed")]
    [InlineData("""{"Port":8080}""", "Missing service name")]
    [InlineData("""{"Name":"","Port":8080}""", "Missing service name")]
    [InlineData("""{"Name":7,"Port":8080}""", "Request decode failed")]
    [InlineData("""{"Name":"orders"}""", "")]
    [InlineData("""{"Name":"orders","Port":0}""", "")]
    [InlineData("""{"Name":"orders","Port":70000}""", "")]
    [InlineData("""{"Name":"orders","Port":-1}""", "")]
    [InlineData("""{"Name":"orders","Port":"8080"}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":80.5}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":1e99}""", "Request decode failed")]
    [InlineData("""{"Name":"a b","Port":8080}""", "")]
    [InlineData("""{"Name":"..","Port":8080}""", "")]
    [InlineData("""{"Name":"orders","Port":8080,"Tags":"v1"}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Tags":[1]}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Meta":{"a":1}}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Meta":[]}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Address":1}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Address":"192.0.2.1"}""", "")]
    [InlineData("""{"Name":"orders","Port":8080,"Address":"10.0.0.2"}""", "")]
    [InlineData("""{"Name":"orders","Port":8080,"EnableTagOverride":"yes"}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Weights":{"Passing":0}}""", "Invalid Weights")]
    [InlineData("""{"Name":"orders","Port":8080,"Weights":{"Passing":1,"Warning":-1}}""", "Invalid Weights")]
    [InlineData("""{"Name":"orders","Port":8080,"Weights":{"Passing":70000}}""", "Invalid Weights")]
    [InlineData("""{"Name":"orders","Port":8080,"Kind":"connect-proxy"}""", "Invalid service kind")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":[]}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Checks":{}}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Checks":[1]}""", "Request decode failed")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"Name":"x"}}""", "Invalid check")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"TTL":"30"}}""", "Request decode failed: time")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"TTL":"-5s"}}""", "Request decode failed: time")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"TTL":"0s"}}""", "Invalid check")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"TTL":"soon"}}""", "Request decode failed: time")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"TTL":"10s","Status":"fine"}}""", "Status for checks must 'passing', 'warning', 'critical'")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"HTTP":"http://x"}}""", "Invalid check")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"HTTP":"http://x","TTL":"10s","Interval":"1s"}}""", "Invalid check")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"Script":"/bin/true","Interval":"10s"}}""", "Invalid check")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"Args":["/bin/true"],"Interval":"10s"}}""", "Invalid check")]
    [InlineData("""{"Name":"orders","Port":8080,"Check":{"DockerContainerID":"x","Shell":"sh","Args":["x"],"Interval":"10s"}}""", "Invalid check")]
    [InlineData("""{"Name":"orders","Port":8080,"Checks":[{"CheckID":"a","TTL":"1s"},{"CheckID":"a","TTL":"1s"}]}""", "Invalid check")]
    [InlineData("""{"Name":"orders","ID":"\ud800","Port":8080}""", "Request decode failed")]
    public Task ABodyThatIsNoneIsRefused(string body, string text) => RefusedAsync("PUT", "/v1/agent/service/register", body, 400, text);

    [Fact]
    public async Task WhatIsTooLargeIsRefused()
    {
        await RefusedAsync("PUT", "/v1/agent/service/register", $$"""{"Name":"orders","Port":8080,"Meta":{"k":"{{new string('x', 1_100_000)}}"} }""", 413, "Request body too large");
        await RefusedAsync("PUT", "/v1/agent/service/register", $$"""{"Name":"orders","Port":8080,"ID":"{{new string('x', 2_000)}}"}""", 400, "");
        var tags = string.Join(',', Enumerable.Range(0, 400).Select(static i => $"\"{i}-{new string('t', 60)}\""));
        await RefusedAsync("PUT", "/v1/agent/service/register", $$"""{"Name":"orders","Port":8080,"Tags":[{{tags}}]}""", 400, "");
        var checks = string.Join(',', Enumerable.Range(0, 40).Select(static i => $$"""{"CheckID":"{{i}}","TTL":"10s"}"""));
        await RefusedAsync("PUT", "/v1/agent/service/register", $$"""{"Name":"orders","Port":8080,"Checks":[{{checks}}]}""", 400, "Invalid check");
        await RefusedAsync("PUT", "/v1/agent/service/register", new string('[', 5_000), 400, "Request decode failed");
    }

    [Theory]
    [InlineData("/v1/agent/service/deregister/nothing", null, 404, "Unknown service ID \"nothing\"")]
    [InlineData("/v1/agent/service/deregister/", null, 404, "Unknown service ID")]
    [InlineData("/v1/agent/service/maintenance/nothing?enable=true", null, 404, "Unknown service ID \"nothing\"")]
    [InlineData("/v1/agent/service/maintenance/orders-1", null, 400, "Missing value for enable")]
    [InlineData("/v1/agent/service/maintenance/orders-1?enable=maybe", null, 400, "Invalid value for enable")]
    [InlineData("/v1/agent/maintenance", null, 400, "Missing value for enable")]
    [InlineData("/v1/agent/check/pass/nothing", null, 404, "CheckID \"nothing\"")]
    [InlineData("/v1/agent/check/warn/service:other", null, 404, "CheckID")]
    [InlineData("/v1/agent/check/update/service:orders-1", """{"Status":"fine"}""", 400, "Invalid check status: 'fine'")]
    [InlineData("/v1/agent/check/update/service:orders-1", """{"Output":"x"}""", 400, "Invalid check status: ''")]
    [InlineData("/v1/agent/check/update/service:orders-1", "{", 400, "Request decode failed")]
    [InlineData("/v1/agent/check/update/service:orders-1", """{"Status":1}""", 400, "Request decode failed")]
    [InlineData("/v1/agent/check/register", """{"TTL":"10s","ServiceID":"orders-1"}""", 400, "Missing check name")]
    [InlineData("/v1/agent/check/register", """{"Name":"x","Args":["a"],"Interval":"1s","ServiceID":"orders-1"}""", 400, "Invalid check")]
    [InlineData("/v1/agent/check/deregister/nothing", null, 404, "CheckID \"nothing\"")]
    public Task AWriteOfWhatIsNotThereIsRefused(string path, string? body, int status, string text) => RefusedAsync("PUT", path, body, status, text);

    [Theory]
    [InlineData("/v1/health/service/orders?index=-1", "Invalid index")]
    [InlineData("/v1/health/service/orders?index=abc", "Invalid index")]
    [InlineData("/v1/health/service/orders?index=1.5", "Invalid index")]
    [InlineData("/v1/health/service/orders?index=99999999999999999999999", "Invalid index")]
    [InlineData("/v1/health/service/orders?index=1&wait=-5s", "Invalid wait time")]
    [InlineData("/v1/health/service/orders?index=1&wait=5", "Invalid wait time")]
    [InlineData("/v1/health/service/orders?index=1&wait=long", "Invalid wait time")]
    [InlineData("/v1/catalog/services?wait=1x", "Invalid wait time")]
    [InlineData("/v1/health/service/orders?passing=maybe", "Invalid value for ?passing")]
    [InlineData("/v1/health/service/orders?stale&consistent", "Cannot specify ?stale with ?consistent")]
    [InlineData("/v1/health/service/orders?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/health/service/nothing?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/health/service/orders?filter=nonsense&index=1", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/health/service/orders?filter=ServiceID+%3D%3D+x", "Failed to create boolean expression evaluator: Selector \"ServiceID\" is not valid")]
    [InlineData("/v1/health/checks/orders?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/health/state/any?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/catalog/service/orders?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/catalog/services?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/agent/services?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/agent/checks?filter=nonsense", "Failed to create boolean expression evaluator: ")]
    [InlineData("/v1/health/service/", "Missing service name")]
    [InlineData("/v1/catalog/service/", "Missing service name")]
    [InlineData("/v1/health/service/orders?ns=NOT_A_NAMESPACE", "")]
    public Task AReadThatCannotBeReadIsRefused(string path, string text) => RefusedAsync("GET", path, null, 400, text);

    [Fact]
    public async Task AnIdOfAnotherTenantIsUnknown()
    {
        await RefusedAsync("PUT", "/v1/agent/service/deregister/orders-1", null, 404, "Unknown service ID", "10.0.1.1");
        await RefusedAsync("PUT", "/v1/agent/service/deregister/orders-1", null, 404, "Unknown service ID", "10.0.0.2");
        await RefusedAsync("PUT", "/v1/agent/check/fail/service:orders-1", null, 404, "CheckID", "10.0.0.2");
        await RefusedAsync("PUT", "/v1/agent/service/maintenance/orders-1?enable=true", null, 404, "Unknown service ID", "10.0.0.2");
        await RefusedAsync("PUT", "/v1/agent/service/register?ns=bank", ConsulWorld.Body(), 403, "Permission denied: ");
    }

    [Fact]
    public async Task WhoIsNoPodRegistersNothing()
    {
        await RefusedAsync("PUT", "/v1/agent/service/register", ConsulWorld.Body(), 403, "Permission denied: ", "10.9.9.9");
        await RefusedAsync("PUT", "/v1/agent/check/pass/service:orders-1", null, 403, "Permission denied: ", "10.9.9.9");
        await RefusedAsync("GET", "/v1/health/service/orders", null, 400, "No namespace", "10.9.9.9");
        await RefusedAsync("GET", "/v1/health/service/orders?ns=kube-system", null, 403, "Permission denied: ");
    }

    [Fact]
    public async Task TheNameOfAServiceWithASelectorIsForItsPods()
    {
        It.Small.Service(name: "reserved");
        (await It.Gateway.State.WaitAsync(static snapshot => snapshot.Services.Keys.Any(static key => key.Name == "reserved"), Patience.Limit)).ShouldNotBeNull();
        await RefusedAsync("PUT", "/v1/agent/service/register", ConsulWorld.Body(name: "reserved"), 403, "Permission denied: ");
    }

    [Fact]
    public async Task TheIndexOfARefusedFilterIsNotWaitedFor()
    {
        var index = (await It.GetAsync("/v1/health/service/orders")).Index;
        await RefusedAsync("GET", $"/v1/health/service/orders?index={index}&wait=10m&filter=nonsense", null, 400, "Failed to create");
    }

    private async Task RefusedAsync(string method, string path, string? body, int status, string text, string from = ConsulWorld.Address)
    {
        var patches = It.Patches;
        var answer = await It.CallAsync(method, path, body, from);
        ((int)answer.Status).ShouldBe(status, answer.Text);
        answer.Text.ShouldStartWith(text);
        answer.Text.ShouldNotBeNullOrWhiteSpace();
        answer.Content.ContentType!.MediaType.ShouldBe("text/plain");
        It.Patches.ShouldBe(patches);
    }

    public sealed class World : IAsyncLifetime
    {
        internal ConsulWorld Consul { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Consul = await ConsulWorld.StartAsync();
            await Consul.RegisterAsync();
        }

        public ValueTask DisposeAsync() => Consul.DisposeAsync();
    }
}
