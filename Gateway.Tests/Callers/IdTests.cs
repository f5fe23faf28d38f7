using System.Text.Json.Nodes;
using Gateway.Core.Annotations.Records;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Callers;

/// <summary>What a path names is an id or a fault: other keys of the gateway's prefix are out of reach, and a service's name deregisters nothing.</summary>
public sealed class IdTests
{
    private static readonly string[] NoIds =
    [
        "declare", "mirrors", "operator-note", "greeting", "com.example.PriceService", new('0', 31), new('0', 33), new('A', 32), new('g', 32), new('\uff10', 32),
    ];

    private static readonly (string Method, string Suffix, string? Body)[] Routes =
    [
        ("GET", "", null), ("HEAD", "", null), ("PATCH", "", """{"weight":1}"""), ("DELETE", "", null), ("PUT", "/heartbeat", null), ("POST", "/heartbeat", null),
        ("POST", "/out-of-service", null), ("POST", "/up", null), ("POST", "/deregister", null),
    ];

    [Fact]
    public async Task WhatIsNoIdIs400OnEveryRouteAndNothingIsAskedOrRemoved()
    {
        await using var registry = await FencedRegistry.StartAsync(null, static world =>
        {
            world.Create(ResourceKinds.Pods, """
                {"metadata":{"name":"greeter-1","namespace":"shop","annotations":{
                  "registry-gateway.io/declare":"[{\"service\":\"declared\",\"port\":1}]","registry-gateway.io/mirrors":"generic","registry-gateway.io/operator-note":"kept"}},
                 "spec":{"serviceAccountName":"app","containers":[{"name":"app","image":"example/app:1"}]}}
                """);
            world.Cluster.Player.Run("shop", "greeter-1", "node-1", System.Net.IPAddress.Parse("10.0.0.1"));
        }, ("Leases:Enabled", "false"));
        await registry.SeenAsync("shop", "greeter-1");
        await registry.RegisteredAsync("shop", "greeter-1");
        var pod = registry.As("shop", "greeter-1");
        var before = registry.Own("shop", "greeter-1");
        var asked = Asked(registry);

        foreach (var (method, rest, body) in Routes)
        {
            foreach (var id in NoIds)
            {
                foreach (var query in new[] { "", "?namespace=shop&pod=greeter-1" })
                {
                    using var answer = await registry.Http.CallAsync(method, $"/v1/registrations/{Uri.EscapeDataString(id)}{rest}{query}", body, headers: pod);
                    ((int)answer.StatusCode).ShouldBe(400, $"{method} {id}{rest}");
                    if (method == "HEAD")
                        continue;
                    var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
                    ((string?)problem["code"]).ShouldBe("invalid-parameter");
                    ((string?)problem["errors"]![0]!["parameter"]).ShouldBe("id");
                    ((string?)problem["errors"]![0]!["detail"]).ShouldBe("An id is 32 hex digits; GET /v1/registrations lists yours");
                }
            }
        }

        Asked(registry).ShouldBe(asked);
        registry.Own("shop", "greeter-1").ShouldBe(before);
    }

    [Fact]
    public async Task AnInstanceIsFoundByAnIdAlone()
    {
        await using var registry = await TestRegistry.StartAsync();
        foreach (var id in NoIds)
            ((int)(await registry.Http.CallAsync("GET", $"/v1/namespaces/shop/services/greeting/instances/{Uri.EscapeDataString(id)}")).StatusCode).ShouldBe(400, id);
        ((int)(await registry.Http.CallAsync("GET", $"/v1/namespaces/shop/services/greeting/instances/{new string('0', 32)}")).StatusCode).ShouldBe(404);
    }

    [Fact]
    public void NoTextOtherThanAnIdBecomesAKey()
    {
        var options = new AnnotationOptions();
        foreach (var text in NoIds)
        {
            RegistrationId.TryParse(text, out _).ShouldBeFalse(text);
            Should.Throw<ArgumentException>(() => options.KeyOf(text));
        }

        var id = RegistrationId.Parse(new string('a', 32));
        options.KeyOf(id).ShouldBe($"registry-gateway.io/{id}");
        id.ShouldBe(RegistrationId.Parse(new string('a', 32)));
    }

    /// <summary>What was asked about pods, but for watches and the review of the token.</summary>
    private static int Asked(FencedRegistry registry) => registry.Cluster.Requests.Count(static request =>
        request.Path.Contains("/pods", StringComparison.Ordinal) && !request.Query.Contains("watch=", StringComparison.Ordinal));
}
