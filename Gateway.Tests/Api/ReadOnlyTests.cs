using System.Net;
using System.Text.Json.Nodes;
using Gateway.Core.Results;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Api;

/// <summary><c>Registry:ReadOnly</c>: nothing that writes a pod passes, everything else goes on.</summary>
public sealed class ReadOnlyTests
{
    [Fact]
    public async Task WritesAreRefusedAndReadsAndHeartbeatsGoOn()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080, ttl = 60 }))["id"]!;
        await using var frozen = await GatewayUnderTest.StartAsync(registry.Cluster.Url, [KeyValuePair.Create("Registry:ReadOnly", (string?)"true")]);
        var version = registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-1")!.Version;

        foreach (var (method, path, body) in new[]
        {
            ("POST", "/v1/registrations", """{"namespace":"shop","pod":"greeter-1","service":"another","port":8080}"""),
            ("PATCH", $"/v1/registrations/{id}", """{"status":"OUT_OF_SERVICE"}"""), ("POST", $"/v1/registrations/{id}/out-of-service", ""),
            ("DELETE", $"/v1/registrations/{id}", ""), ("DELETE", "/v1/registrations?namespace=shop&pod=greeter-1", ""), ("POST", $"/v1/registrations/{id}/deregister", ""),
            ("PUT", "/v1/namespaces/shop/dubbo/metadata/greeter/r1?namespace=shop&pod=greeter-1", "{}"),
        })
        {
            using var answer = await frozen.Http.CallAsync(method, path, body.Length == 0 ? null : body);
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, $"{method} {path}");
            ((string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]).ShouldBe(RefusalCodes.ReadOnly);
            answer.Headers.RetryAfter.ShouldNotBeNull();
        }

        using var heartbeat = await frozen.Http.CallAsync("PUT", $"/v1/registrations/{id}/heartbeat");
        heartbeat.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await frozen.Http.LookUpAsync("shop", "greeting"))[0].Status().ShouldBe("UP");
        registry.Cluster.Storage.Get(ResourceKinds.Pods, "shop", "greeter-1")!.Version.ShouldBe(version);
    }
}
