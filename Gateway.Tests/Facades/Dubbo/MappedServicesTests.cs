using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>Interfaces that a Kubernetes Service provides, in every view of the registry and while the mapping changes.</summary>
public sealed class MappedServicesTests
{
    [Fact]
    public async Task AnAnnotatedServiceAnswersEveryWayOfAsking()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", $"g1/{Greeting}:1.0.0");
        registry.Pod("plain-1", "10.0.0.1", labels: """{"app":"greeter"}""");
        var (head, parameters) = Read((await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0]);
        head.ShouldBe($"dubbo://10.0.0.1:20880/{Greeting}");
        (parameters["group"], parameters["version"], parameters["interface"]).ShouldBe(("g1", "1.0.0", Greeting));
        (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 0, "?group=g2")).ShouldBeEmpty();

        var native = (await registry.Http.LookUpAsync("shop", Greeting)).ShouldHaveSingleItem();
        ((string?)native["source"], (int)native["port"]!, (string?)native["pod"]!["name"]).ShouldBe(("endpoints", 20880, "plain-1"));
        var picked = await registry.Http.GetJsonAsync($"/v1/namespaces/shop/services/{Greeting}/pick?group=g1");
        ((string?)picked["id"]).ShouldBe((string?)native["id"]);
        ((string?)(await registry.Http.GetJsonAsync($"/v1/namespaces/shop/services/{Greeting}/instances"))["fallback"]!["dns"]).ShouldBe("greeter.shop.svc");
        (await registry.Http.GetJsonAsync("/v1/services?namespace=shop"))["items"]!.AsArray().Select(static one => (string)one!["name"]!).ShouldBe([Greeting, "greeter"]);
        Texts((await registry.Http.GetJsonAsync(Path($"mapping/{Greeting}")))["applications"]).ShouldBe(["greeter"]);
    }

    [Fact]
    public async Task StreamsFollowTheAnnotation()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("plain-1", "10.0.0.1", labels: """{"app":"greeter"}""");
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP");
        await using var native = await StreamReader.OpenAsync(registry.Http, $"/v1/namespaces/shop/services/{Greeting}/watch");
        await using var dubbo = await StreamReader.OpenAsync(registry.Http, Path($"interfaces/{Greeting}/providers/watch"));
        await native.NextAsync("snapshot");
        await dubbo.NextAsync("snapshot");

        Annotate(registry, $"not a b/c/d,{Greeting}");
        ((string?)(await native.NextAsync("added")).Data["source"]).ShouldBe("endpoints");
        ((string?)(await dubbo.NextAsync("added")).Data["url"]).ShouldStartWith("dubbo://10.0.0.1:20880/");
        Annotate(registry, $"{Greeting}:2");
        ((string?)(await native.NextAsync("added")).Data["version"]).ShouldBe("2");
        ((string?)(await native.NextAsync("removed")).Data["version"]).ShouldBe("");
        registry.Small.Remove(ResourceKinds.Services, "greeter");
        ((string?)(await native.NextAsync("removed")).Data["version"]).ShouldBe("2");
    }

    [Fact]
    public async Task RulesAndTargetsAreSettings()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [
            ("NameMapping:Rules:0", "{name}-service -> com.example.{Name}Service:1.0.0"), ("NameMapping:Targets:0", "com.example.Old=kubernetes:///greeting-service/shop/20880"),
            ("Registry:AnnotationPrefix", "registry.example.com"),
        ]);
        registry.Service("greeting-service", "com.example.NotOurs");
        registry.Pod("plain-1", "10.0.0.1", labels: """{"app":"greeter"}""");
        Read((await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0]).Parameters["version"].ShouldBe("1.0.0");
        (await registry.Http.UrlsUntilAsync("com.example.Old", static urls => urls.Count == 1))[0].ShouldStartWith("dubbo://10.0.0.1:20880/com.example.Old?");

        // The annotation's key follows the prefix.
        (await registry.Http.ProvidersAsync("com.example.NotOurs"))["urls"]!.AsArray().ShouldBeEmpty();
        registry.Small.Change(ResourceKinds.Services, "greeting-service", static service => service["metadata"]!["annotations"]!["registry.example.com/interfaces"] = "com.example.Ours");
        await registry.Http.UrlsUntilAsync("com.example.Ours", static urls => urls.Count == 1);
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 0);
    }

    [Fact]
    public async Task ASettingThatCannotBeReadEndsTheProcessAtItsStart()
    {
        await using var registry = await TestRegistry.StartAsync();
        var refused = await Should.ThrowAsync<Gateway.Api.Hosting.InvalidConfigurationException>(() => GatewayUnderTest.StartAsync(registry.Cluster.Url, [
            KeyValuePair.Create("NameMapping:Rules:0", (string?)"{name}"), KeyValuePair.Create("NameMapping:Targets:0", (string?)"x"), KeyValuePair.Create("Dubbo:KeepUnnamed", (string?)"00:00:00"),
            KeyValuePair.Create("Kubernetes:ClusterDomain", (string?)"not a domain"),
        ]));
        foreach (var section in new[] { "NameMapping:Rules", "NameMapping:Targets", "Dubbo:KeepUnnamed", "Kubernetes:ClusterDomain" })
            refused.Message.ShouldContain(section);
    }

    private static void Annotate(TestRegistry registry, string interfaces) => registry.Small.Change(ResourceKinds.Services, "greeter", service =>
        (service["metadata"]!["annotations"] ??= new System.Text.Json.Nodes.JsonObject())["registry-gateway.io/interfaces"] = interfaces);
}
