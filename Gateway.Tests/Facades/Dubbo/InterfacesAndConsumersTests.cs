using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>Which interfaces there are, who consumes them, and applications as Dubbo 3 has them.</summary>
public sealed class InterfacesAndConsumersTests
{
    [Fact]
    public async Task InterfacesAreListedAndPlainServicesAreNot()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Service("priced", "g/com.example.PriceService:2", app: "pricer");
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1"));
        registry.Pod("price-1", "10.0.0.6", labels: """{"app":"pricer"}""");
        registry.Pod("go-1", "10.244.1.7", "{}", ("dubbo.io/annotation", DubboVectors.V3GroupAndVersion));
        registry.Pod("consumer-1", "172.17.0.8", "{}", ("dubbo.io/annotation", DubboVectors.V1Consumer));
        registry.Pod("plain-1", "10.0.0.9");
        await registry.RegisterAsync("plain-1", "plain");
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP");
        await registry.SayAsync("java-1", "metadata/greeter/r1", MetadataInfo("greeter", "r1", ("com.example.JavaService", "", "1")));
        await registry.Http.UrlsUntilAsync("com.example.JavaService", static urls => urls.Count == 1);
        await registry.Http.UrlsUntilAsync("com.example.PriceService", static urls => urls.Count == 1);

        var items = (await registry.Http.GetJsonAsync(Path("interfaces")))["items"]!.AsArray();
        items.Select(static one => (string)one!["interface"]!).ShouldBe(
            [Greeting, "com.example.JavaService", "com.example.PriceService", "com.ikurento.user.UserProvider"]);
        Describe(items[0]!).ShouldBe(("1", 0, "g1", "1.0.0", "dubbo", ""));
        Describe(items[1]!).ShouldBe(("1", 0, "", "1", "dubbo", "greeter"));
        Describe(items[2]!).ShouldBe(("1", 0, "g", "2", "tcp", "priced"));
        Describe(items[3]!).ShouldBe(("", 1, "", "", "", ""));
        (await registry.Http.GetJsonAsync(Path("interfaces?prefix=com.ik")))["items"]!.AsArray().Count.ShouldBe(1);
        (await registry.Http.GetJsonAsync("/v1/namespaces/other/dubbo/interfaces"))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task TheConsumersOfAnInterfaceAreThePodsThatSaySo()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("consumer-1", "172.17.0.8", "{}", ("dubbo.io/annotation", DubboVectors.V1Consumer));
        registry.Pod("consumer-2", "10.0.0.2", "{}", DubboGoConsumer(
            "consumer://10.0.0.2/UserProvider?interface=com.ikurento.user.UserProvider&group=g1&version=1.0.0&protocol=dubbo&application=shopfront&timestamp=1700000000"));
        await registry.Gateway.State.WaitAsync(
            static snapshot => new[] { "consumer-1", "consumer-2" }.All(pod => snapshot.RegistrationsOf("shop", pod)?.Pod.PodIPs.IsEmpty == false), Patience.Limit);

        var answer = await registry.Http.GetJsonAsync(Path("interfaces/com.ikurento.user.UserProvider/consumers"));
        answer.AsObject().Select(static member => member.Key).ShouldBe(["namespace", "interface", "revision", "stale", "consumers"]);
        var consumers = answer["consumers"]!.AsArray();
        consumers.Select(static one => (string)one!["pod"]!["name"]!).ShouldBe(["consumer-1", "consumer-2"]);
        ((string?)consumers[0]!["address"], (string?)consumers[0]!["source"]).ShouldBe(("172.17.0.8", "dubbo-go"));
        ((string?)consumers[0]!["url"]).ShouldStartWith("consumer://172.17.0.8/com.ikurento.user.UserProvider?");
        ((string?)consumers[1]!["group"], (string?)consumers[1]!["metadata"]!["application"], (string?)consumers[1]!["registeredAt"]).ShouldBe(("g1", "shopfront", "2023-11-14T22:13:20Z"));

        // A consumer provides nothing.
        Texts((await registry.Http.ProvidersAsync("com.ikurento.user.UserProvider"))["urls"]).ShouldBeEmpty();
        (await registry.Http.GetJsonAsync(Path("interfaces/com.ikurento.user.UserProvider/consumers?group=g1")))["consumers"]!.AsArray().Count.ShouldBe(1);
        (await registry.Http.GetJsonAsync(Path("interfaces/com.example.Nobody/consumers")))["consumers"]!.AsArray().ShouldBeEmpty();
        registry.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Pods, "consumer-2");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "consumer-2") is null, Patience.Limit);
        (await registry.Http.GetJsonAsync(Path("interfaces/com.ikurento.user.UserProvider/consumers")))["consumers"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task AnApplicationsInstancesHaveTheFlatMap()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1"));
        registry.Pod("other-1", "10.0.0.6");
        await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "other-1",
            service = "billing",
            port = 20881,
            protocol = "tri",
            metadata = new Dictionary<string, string> { ["dubbo.metadata.revision"] = "r9" },
        });
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP");

        var answer = await registry.Http.GetJsonAsync(Path("applications/greeter/instances"));
        answer.AsObject().Select(static member => member.Key).ShouldBe(["namespace", "application", "revision", "stale", "instances"]);
        var java = answer["instances"]!.AsArray().ShouldHaveSingleItem()!;
        ((string?)java["serviceName"], (string?)java["host"], (int)java["port"]!, (bool)java["healthy"]!, (bool)java["enabled"]!).ShouldBe(("greeter", "10.0.0.5", 20880, true, true));
        java["metadata"]!.ToJsonString().ShouldBe(JsonNode.Parse("""
            {"dubbo.endpoints":"[{\u0022port\u0022:20880,\u0022protocol\u0022:\u0022dubbo\u0022}]","dubbo.metadata.revision":"r1","dubbo.metadata.storage-type":"remote"}
            """)!.ToJsonString());

        var ours = (await registry.Http.GetJsonAsync(Path("applications/billing/instances")))["instances"]!.AsArray().ShouldHaveSingleItem()!["metadata"]!;
        ((string?)ours["dubbo.metadata.revision"], (string?)ours["dubbo.metadata.storage-type"], (string?)ours["dubbo.endpoints"])
            .ShouldBe(("r9", "remote", """[{"port":20881,"protocol":"tri"}]"""));
        (await registry.Http.GetJsonAsync(Path("applications/nobody/instances")))["instances"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task ProvidersOfInterfacesAreInstancesOfTheApplicationTheyName()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("go-1", "10.244.1.7", "{}", ("dubbo.io/annotation", DubboVectors.V3GroupAndVersion));
        registry.Pod("greeter-1", "10.0.0.1");
        foreach (var name in new[] { Greeting, "com.example.Other" })
            await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = $"tri://10.0.0.1:50051/{name}?application=greeter" });
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 2);

        var instances = (await registry.Http.GetJsonAsync(Path("applications/greeter/instances")))["instances"]!.AsArray();
        instances.Select(static one => $"{one!["serviceName"]} {one["protocol"]}://{one["host"]}:{one["port"]}").Order().ShouldBe(["greeter dubbo://10.244.1.7:20880", "greeter tri://10.0.0.1:50051"]);

        // Under the application's name nothing was registered: lookups and lists go by that.
        (await registry.Http.LookUpAsync("shop", "greeter", "?status=any")).ShouldBeEmpty();
        (await registry.Http.GetJsonAsync("/v1/services"))["items"]!.AsArray().Select(static one => (string)one!["name"]!).ShouldBe([Greeting, "com.example.Other"]);
        (await registry.Http.GetJsonAsync(Path("interfaces")))["items"]!.AsArray().Select(static one => (string)one!["interface"]!).ShouldBe([Greeting, "com.example.Other"]);

        await using var stream = await EndToEnd.StreamReader.OpenAsync(registry.Http, Path("applications/greeter/instances/watch"));
        (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(2);
        await using var all = await EndToEnd.StreamReader.OpenAsync(registry.Http, "/v1/watch?namespace=shop");
        ((string?)(await all.NextAsync("snapshot")).Data["service"]).ShouldBe(Greeting);
        ((string?)(await all.NextAsync("snapshot")).Data["service"]).ShouldBe("com.example.Other");
        await all.NextAsync("synced");
        (await registry.Http.DeleteAsync("/v1/registrations?namespace=shop&pod=greeter-1").Within()).EnsureSuccessStatusCode();
        ((string?)(await stream.NextAsync("removed")).Data["host"]).ShouldBe("10.0.0.1");
    }

    private static (string Up, int Consumers, string Groups, string Versions, string Protocols, string Applications) Describe(JsonNode one) => (
        one["providers"]!["UP"]?.ToString() ?? "", (int)one["consumers"]!, string.Join(',', Texts(one["groups"])), string.Join(',', Texts(one["versions"])),
        string.Join(',', Texts(one["protocols"])), string.Join(',', Texts(one["applications"])));
}
