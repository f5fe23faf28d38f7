using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Annotations;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>The providers of an interface as a Dubbo consumer gets them over HTTP, whatever they registered with.</summary>
public sealed class ProvidersViewTests
{
    [Fact]
    public async Task ARegistrationByFieldsIsAUrlThatAConsumerCanUse()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "greeter-1",
            service = Greeting,
            port = 20880,
            protocol = "dubbo",
            group = "g1",
            version = "1.0.0",
            weight = 50,
            metadata = new { application = "greeter", methods = "a,b", odd = "a&b=c %?#" },
        });

        var url = (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0];
        var (head, parameters) = Read(url);
        head.ShouldBe($"dubbo://10.0.0.1:20880/{Greeting}");
        parameters.ShouldContainKeyAndValue("interface", Greeting);
        parameters.ShouldContainKeyAndValue("group", "g1");
        parameters.ShouldContainKeyAndValue("version", "1.0.0");
        parameters.ShouldContainKeyAndValue("weight", "50");
        parameters.ShouldContainKeyAndValue("application", "greeter");
        parameters.ShouldContainKeyAndValue("methods", "a,b");
        parameters.ShouldContainKeyAndValue("odd", "a&b=c %?#");
        parameters.ShouldContainKeyAndValue("side", "provider");
        long.Parse(parameters["timestamp"], System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(1_000_000_000_000);
    }

    [Fact]
    public async Task TheAnswerHasUrlsAndInstancesInOneOrder()
    {
        await using var registry = await TestRegistry.StartAsync();
        for (var i = 1; i <= 3; i++)
        {
            registry.Pod($"greeter-{i}", $"10.0.0.{i}");
            await registry.Http.RegisterAsync(new { @namespace = "shop", pod = $"greeter-{i}", service = Greeting, port = 20880, protocol = "dubbo" });
        }

        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 3);
        var answer = await registry.Http.ProvidersAsync(Greeting);
        answer.AsObject().Select(static member => member.Key).ShouldBe(["namespace", "interface", "revision", "stale", "urls", "instances"]);
        Texts(answer["urls"]).ShouldBe(answer["instances"]!.AsArray().Select(static one => (string)one!["url"]!));
        ((string?)answer["interface"]).ShouldBe(Greeting);
        ((string?)answer["instances"]![0]!["service"]).ShouldBe(Greeting);

        using var first = await registry.Http.GetAsync(Path($"interfaces/{Greeting}/providers")).Within();
        using var again = new HttpRequestMessage(HttpMethod.Get, Path($"interfaces/{Greeting}/providers"));
        again.Headers.TryAddWithoutValidation("If-None-Match", first.Headers.ETag!.ToString());
        (await registry.Http.SendAsync(again).Within()).StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task ADubboGoPodsUrlComesBackAsItsConsumersKnowIt()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("go-1", "10.244.1.7", "{}", ("dubbo.io/annotation", DubboVectors.V3GroupAndVersion));
        registry.Pod("go-2", "172.17.0.6", "{}", ("dubbo.io/annotation", DubboVectors.V2Provider));

        var (head, parameters) = Read((await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0]);
        head.ShouldBe($"dubbo://10.244.1.7:20880/{Greeting}");
        parameters.ShouldBe(new Dictionary<string, string>
        {
            ["anyhost"] = "true",
            ["application"] = "greeter",
            ["group"] = "g1",
            ["interface"] = Greeting,
            ["ip"] = "10.244.1.7",
            ["methods"] = "SayHello,Bye",
            ["pid"] = "1",
            ["registry.role"] = "3",
            ["release"] = "dubbo-golang-1.5.9",
            ["side"] = "provider",
            ["timestamp"] = "1700000000",
            ["version"] = "1.0.0",
        }, ignoreOrder: true);

        // A consumer calls a provider under its path.
        var other = (await registry.Http.UrlsUntilAsync("com.ikurento.user.UserProvider", static urls => urls.Count == 1))[0];
        other.ShouldStartWith("dubbo://172.17.0.6:20000/UserProvider?");
        Read(other).Parameters["service.filter"].ShouldStartWith("echo,token,");
    }

    [Fact]
    public async Task AGenericPodIsAProviderToo()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("plain-1", "10.0.0.4", "{}", Generic($"dubbo://10.0.0.4:20880/{Greeting}?interface={Greeting}&version=2.0.0"));
        var url = (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0];
        url.ShouldStartWith($"dubbo://10.0.0.4:20880/{Greeting}?");
        Read(url).Parameters["version"].ShouldBe("2.0.0");
    }

    [Fact]
    public async Task ADubboJavaApplicationProvidesWhatItsMetadataInfoSays()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1"));
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP");
        (await registry.Http.ProvidersAsync(Greeting))["urls"]!.AsArray().ShouldBeEmpty();

        await registry.SayAsync("java-1", "metadata/greeter/r1", MetadataInfo("greeter", "r1", (Greeting, "g1", "1.0.0"), ("com.example.Other", "", "")));
        var (head, parameters) = Read((await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0]);
        head.ShouldBe($"dubbo://10.0.0.5:20880/{Greeting}");
        (parameters["group"], parameters["version"], parameters["application"], parameters["methods"]).ShouldBe(("g1", "1.0.0", "greeter", "greet"));
        await registry.Http.UrlsUntilAsync("com.example.Other", static urls => urls.Count == 1);

        // The same instance is one of the application, and answers native lookups of the interface.
        var native = (await registry.Http.LookUpAsync("shop", Greeting)).ShouldHaveSingleItem();
        ((string?)native["source"], (string?)native["pod"]!["name"]).ShouldBe(("dubbo-java", "java-1"));
        await registry.Http.GetJsonAsync($"/v1/namespaces/shop/services/{Greeting}/pick");

        // Another revision says something else.
        registry.Small.Change(Gateway.Emulator.Storage.ResourceKinds.Pods, "java-1", static pod => pod["metadata"]!["annotations"]!["io.dubbo/metadata"] = Java("r2").Value);
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 0);
    }

    [Fact]
    public async Task ADubboJavaApplicationOfWhichOnlyTheMappingIsKnownIsAProviderWithoutGroup()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1", """[{"port":20880,"protocol":"dubbo"},{"port":50051,"protocol":"tri"}]"""));
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Any(static one => (string?)one["source"] == "dubbo-java"));
        await registry.SayAsync("java-1", $"mapping/{Greeting}", """{"applications":["greeter"]}""");
        var urls = await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 2);
        urls.Select(static url => Read(url).Head).Order().ShouldBe([$"dubbo://10.0.0.5:20880/{Greeting}", $"tri://10.0.0.5:50051/{Greeting}"]);
    }

    [Fact]
    public async Task WhatIsOutOfRotationIsNoProvider()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1"));
        var app = (await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP"))[0];
        await registry.SayAsync("java-1", "metadata/greeter/r1", MetadataInfo("greeter", "r1", (Greeting, "", "")));
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1);

        // By the application's instance, or by the provider's own.
        foreach (var id in new[] { (string)app["id"]!, (string)(await registry.Http.LookUpAsync("shop", Greeting))[0]["id"]! })
        {
            (await registry.Http.PostAsync($"/v1/registrations/{id}/out-of-service?namespace=shop&pod=java-1", null).Within()).StatusCode.ShouldBe(HttpStatusCode.OK);
            await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 0);
            (await registry.Http.LookUpAsync("shop", Greeting, "?status=any")).ShouldHaveSingleItem().Status().ShouldBe("OUT_OF_SERVICE");
            (await registry.Http.PostAsync($"/v1/registrations/{id}/up?namespace=shop&pod=java-1", null).Within()).StatusCode.ShouldBe(HttpStatusCode.OK);
            await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1);
        }
    }

    [Fact]
    public async Task AProvidersWeightCanBeSetUnderItsOwnId()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Service("greeter", null);
        registry.Pod("java-1", "10.0.0.5", """{"app":"greeter"}""", Java("r1"));
        await registry.Http.LookUpUntilAsync("shop", "greeter", static all => all.Count == 1 && all[0].Status() == "UP");
        await registry.SayAsync("java-1", "metadata/greeter/r1", MetadataInfo("greeter", "r1", (Greeting, "", "")));
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1);
        var id = (string)(await registry.Http.LookUpAsync("shop", Greeting))[0]["id"]!;
        using var changed = await registry.Http.CallAsync("PATCH", $"/v1/registrations/{id}?namespace=shop&pod=java-1", """{"weight":7}""", "application/merge-patch+json");
        changed.StatusCode.ShouldBe(HttpStatusCode.OK, await changed.Content.ReadAsStringAsync());
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1 && Read(urls[0]).Parameters.GetValueOrDefault("weight") == "7");
    }

    [Theory]
    [InlineData("", 4)]
    [InlineData("?group=*&version=*", 4)]
    [InlineData("?group=", 2)]
    [InlineData("?group=g1", 1)]
    [InlineData("?group=g1,g2", 2)]
    [InlineData("?group=g1,", 3)]
    [InlineData("?group=&version=1.0.0", 1)]
    [InlineData("?version=", 1)]
    [InlineData("?version=1.0.0,2.0.0&group=*", 3)]
    [InlineData("?group=G1", 0)]
    [InlineData("?protocol=tri", 0)]
    public async Task GroupAndVersionAreComparedAsDubboDoes(string query, int expected)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("go-1", "10.0.0.1", "{}", DubboGo(
            $"dubbo://10.0.0.1:20880/{Greeting}?interface={Greeting}&group=g1&version=1.0.0",
            $"dubbo://10.0.0.1:20880/{Greeting}?interface={Greeting}&group=g2&version=2.0.0",
            $"dubbo://10.0.0.1:20880/{Greeting}?interface={Greeting}&version=1.0.0",
            $"dubbo://10.0.0.1:20880/{Greeting}?interface={Greeting}&version=0.0.0"));
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 4);
        Texts((await registry.Http.ProvidersAsync(Greeting, query))["urls"]).Count.ShouldBe(expected, query);
    }

    [Theory]
    [InlineData("interfaces?colour=red")]
    [InlineData("interfaces/com.example.A/providers?colour=red")]
    [InlineData("interfaces/com.example.A/providers?group=a&group=b")]
    [InlineData("interfaces/com.example.A/providers/watch?status=ODD")]
    [InlineData("interfaces/bad%20name/providers")]
    [InlineData("interfaces/com.example.A/consumers?colour=red")]
    [InlineData("applications/bad%20name/instances")]
    [InlineData("mapping/bad%20name")]
    [InlineData("metadata/a/bad%20revision")]
    public async Task WhatIsAskedWronglyIsRefused(string path)
    {
        await using var registry = await TestRegistry.StartAsync();
        ((string?)(await registry.Http.GetJsonAsync(Path(path), HttpStatusCode.BadRequest))["code"]).ShouldBe("invalid-parameter");
    }
}
