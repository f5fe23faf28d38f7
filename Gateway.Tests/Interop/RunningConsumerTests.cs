using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Interop;

/// <summary>What the watch of a running dubbo-go consumer is told of a mirrored provider.</summary>
public sealed class RunningConsumerTests
{
    [Theory]
    [InlineData("dubbo-go-1.4", "dubbo.io/label=dubbo.io-value")]
    [InlineData("dubbo-go-1.5", "dubbo.io/label in (dubbo.io.consumer,dubbo.io.provider)")]
    public async Task AProviderComesWithItsRecordAndGoesInOneEvent(string mirror, string selector)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Leases:Enabled", "false")]);
        registry.Pod("greeter-1", "10.0.0.1");
        using var http = new HttpClient { BaseAddress = registry.Cluster.Url, Timeout = Patience.Limit };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var from = registry.Cluster.Storage.Version;
        using var answer = await http.GetAsync(
            $"/api/v1/namespaces/shop/pods?watch=true&resourceVersion={from}&labelSelector={Uri.EscapeDataString(selector)}", HttpCompletionOption.ResponseHeadersRead).Within();
        using var events = new System.IO.StreamReader(await answer.Content.ReadAsStreamAsync());

        var id = (string)(await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "greeter-1",
            service = "com.example.GreetingService",
            protocol = "dubbo",
            port = 20880,
            mirrors = new[] { mirror },
        }))["id"]!;
        var (type, records) = await NextAsync(events);
        type.ShouldBe("ADDED");
        records.ShouldHaveSingleItem().ShouldContain("/dubbo/com.example.GreetingService/providers/");

        // Selected no more: the consumer is told of the end with what was there before, and takes those keys out of its cache.
        using var left = await registry.Http.DeleteAsync("/v1/registrations/" + id).Within();
        left.IsSuccessStatusCode.ShouldBeTrue();
        (type, _) = await NextAsync(events);
        type.ShouldBe("DELETED");
        registry.Annotation("greeter-1", "dubbo.io/annotation").ShouldBeNull();
        registry.Label("greeter-1", "dubbo.io/label").ShouldBeNull();
        registry.Cluster.Requests.Count(static request => request.Method == "PATCH").ShouldBe(2, "one write each");
    }

    private static async Task<(string Type, IReadOnlyList<string> Records)> NextAsync(TextReader events)
    {
        var line = JsonNode.Parse((await events.ReadLineAsync().Within())!)!;
        var value = (string?)line["object"]!["metadata"]!["annotations"]?["dubbo.io/annotation"];
        return ((string)line["type"]!, value is null ? [] : [.. SdkCodec.Decode(value).Select(static record => record.Key)]);
    }
}
