using System.Net;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>The providers and the instances of an application as event streams: the same promise as any other stream, in another form.</summary>
public sealed class ProvidersWatchTests
{
    private static readonly string Watch = Path($"interfaces/{Greeting}/providers/watch");

    [Fact]
    public async Task AStreamTellsProvidersAsUrls()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await RegisterAsync(registry, "greeter-1");
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch);
        var first = await stream.NextAsync("snapshot");
        Texts(first.Data["urls"]).ShouldHaveSingleItem().ShouldStartWith($"dubbo://10.0.0.1:20880/{Greeting}?");
        first.Data.ToJsonString().ShouldBe((await registry.Http.ProvidersAsync(Greeting)).ToJsonString());

        await RegisterAsync(registry, "greeter-2");
        ((string?)(await stream.NextAsync("added")).Data["url"]).ShouldStartWith($"dubbo://10.0.0.2:20880/{Greeting}?");
        var id = (string)(await RegisterAsync(registry, "greeter-2", weight: 7))["id"]!;
        Read((string)(await stream.NextAsync("modified")).Data["url"]!).Parameters["weight"].ShouldBe("7");
        (await registry.Http.DeleteAsync($"/v1/registrations/{id}?namespace=shop&pod=greeter-2").Within()).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var removed = await stream.NextAsync("removed");
        ((string?)removed.Data["id"]).ShouldBe(id);
        Read((string)removed.Data["url"]!).Parameters["weight"].ShouldBe("7");
    }

    [Fact]
    public async Task OnlyMatchingGroupsAndVersionsAreTold()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch + "?group=a,b&version=*");
        Texts((await stream.NextAsync("snapshot")).Data["urls"]).ShouldBeEmpty();
        await RegisterAsync(registry, "greeter-1", group: "c");
        await RegisterAsync(registry, "greeter-1", group: "b", version: "9");
        ((string?)(await stream.NextAsync("added")).Data["group"]).ShouldBe("b");
    }

    [Fact]
    public async Task AReconnectionToAnotherReplicaIsToldTheDifferenceOnly()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await RegisterAsync(registry, "greeter-1");
        await using var other = await GatewayUnderTest.StartAsync(registry.Cluster.Url);
        string last;
        await using (var stream = await StreamReader.OpenAsync(registry.Http, Watch + "?group=*"))
        {
            await stream.NextAsync("snapshot");
            last = stream.LastId!;
        }

        await RegisterAsync(registry, "greeter-2");
        await using var again = await StreamReader.OpenAsync(other.Http, Watch + "?group=*", last);
        ((string?)(await again.NextAsync("added")).Data["url"]).ShouldStartWith("dubbo://10.0.0.2:");

        // The id of a stream in another form, or of another question, is none of this one.
        await using var native = await StreamReader.OpenAsync(other.Http, $"/v1/namespaces/shop/services/{Greeting}/watch", again.LastId);
        await native.NextAsync("snapshot");
        await using var wider = await StreamReader.OpenAsync(other.Http, Watch, again.LastId);
        await wider.NextAsync("snapshot");
    }

    [Fact]
    public async Task AStreamCanBeginWithEvents()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync(registry, "greeter-1");
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch + "?initial=events");
        ((string?)(await stream.NextAsync("added")).Data["url"]).ShouldStartWith("dubbo://10.0.0.1:");
        await stream.NextAsync("synced");
    }

    [Fact]
    public async Task MetadataThatComesLaterBringsAJavaProviderIntoTheStream()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1"));
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP");
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch);
        await stream.NextAsync("snapshot");
        await registry.SayAsync("java-1", "metadata/greeter/r1", MetadataInfo("greeter", "r1", (Greeting, "", "")));
        var added = await stream.NextAsync("added");
        ((string?)added.Data["source"]).ShouldBe("dubbo-java");
        registry.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Pods, "java-1");
        ((string?)(await stream.NextAsync("removed")).Data["id"]).ShouldBe((string?)added.Data["id"]);
    }

    [Fact]
    public async Task TheInstancesOfAnApplicationAreAStreamToo()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1"));
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP");
        await using var stream = await StreamReader.OpenAsync(registry.Http, Path("applications/greeter/instances/watch"));
        var one = (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)one["metadata"]!["dubbo.metadata.revision"]).ShouldBe("r1");
        registry.Small.Change(Gateway.Emulator.Storage.ResourceKinds.Pods, "java-1", static pod => pod["metadata"]!["annotations"]!["io.dubbo/metadata"] = Java("r2").Value);
        ((string?)(await stream.NextAsync("modified")).Data["metadata"]!["dubbo.metadata.revision"]).ShouldBe("r2");
    }

    private static Task<System.Text.Json.Nodes.JsonNode> RegisterAsync(TestRegistry registry, string pod, int weight = 100, string group = "", string version = "") =>
        registry.Http.RegisterAsync(new { @namespace = "shop", pod, service = Greeting, port = 20880, protocol = "dubbo", weight, group, version });
}
