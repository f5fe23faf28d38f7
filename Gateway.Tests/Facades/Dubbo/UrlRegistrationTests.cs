using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>Registering with a ready Dubbo URL.</summary>
public sealed class UrlRegistrationTests
{
    private const string Url = $"dubbo://10.0.0.1:20880/{Greeting}?group=g&version=1.0.0&application=orders&weight=30&methods=a%2Cb&odd=%26%3D%23+%C3%A9&timestamp=1700000000000";

    [Fact]
    public async Task TheAnswerShowsWhatTheUrlMeansAndTheViewGivesItBack()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var made = await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = Url }, HttpStatusCode.Created);
        ((string?)made["service"], (string?)made["group"], (string?)made["version"], (string?)made["protocol"], (int)made["port"]!, (int)made["weight"]!)
            .ShouldBe((Greeting, "g", "1.0.0", "dubbo", 20880, 30));
        made["metadata"]!.ToJsonString().ShouldBe(JsonNode.Parse("""{"application":"orders","methods":"a,b","odd":"&=# é","timestamp":"1700000000000"}""")!.ToJsonString());

        var (head, parameters) = Read((await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0]);
        head.ShouldBe($"dubbo://10.0.0.1:20880/{Greeting}");
        foreach (var (name, value) in Read(Url).Parameters)
            parameters.ShouldContainKeyAndValue(name, value);

        // What came back registers the same again.
        var again = await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = Url }, HttpStatusCode.OK);
        ((string?)again["id"]).ShouldBe((string?)made["id"]);
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = Url, ttl = 60, container = "none", mirrors = new[] { "dubbo-go-1.5" } }, HttpStatusCode.OK);
    }

    [Fact]
    public async Task APathThatIsNotTheInterfaceIsKept()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "fd00::1");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = $"tri://[fd00:0::1]:50051/short?interface={Greeting}" });
        (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0].ShouldStartWith("tri://[fd00::1]:50051/short?");
    }

    [Fact]
    public async Task AHostThatIsThePodsSecondAddressIsKept()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1,fd00::1");
        var made = await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = $"tri://[fd00:0::1]:50051/{Greeting}" });
        ((string?)made["address"]).ShouldBe("10.0.0.1");
        (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0].ShouldStartWith("tri://[fd00::1]:50051/");

        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = $"tri://10.0.0.1:50051/{Greeting}" });
        await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1 && urls[0].StartsWith("tri://10.0.0.1:50051/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ArraysAndFormsTakeUrlsToo()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var items = (await registry.Http.RegisterAsync(new object[]
        {
            new { @namespace = "shop", pod = "greeter-1", url = "dubbo://10.0.0.1:1/com.example.A" },
            new { @namespace = "shop", pod = "greeter-1", service = "com.example.B", port = 2 },
        }))["items"]!.AsArray();
        items.Select(static one => $"{one!["service"]} {one["protocol"]} {one["port"]}").ShouldBe(["com.example.A dubbo 1", "com.example.B http 2"]);
        using var form = await registry.Http.CallAsync(
            "POST", "/v1/registrations", "namespace=shop&pod=greeter-1&url=" + Uri.EscapeDataString("tri://10.0.0.1:3/com.example.C?group=x"), "application/x-www-form-urlencoded");
        var made = JsonNode.Parse(await form.Content.ReadAsStringAsync())!;
        ((int)form.StatusCode, (string?)made["service"], (string?)made["group"]).ShouldBe((201, "com.example.C", "x"));
    }

    [Theory]
    [InlineData("dubbo://10.0.0.9:20880/com.example.A", "/url")]
    [InlineData("dubbo://greeter:20880/com.example.A", "/url")]
    [InlineData("dubbo://10.0.0.1/com.example.A", "/url")]
    [InlineData("dubbo://10.0.0.1:99999/com.example.A", "/url")]
    [InlineData("dubbo://10.0.0.1:20880/", "/url")]
    [InlineData("dubbo://10.0.0.1:20880/com.example.A?version=not+a+version", "/url")]
    [InlineData("dubbo://10.0.0.1:20880/com.example.A?weight=-1", "/url")]
    [InlineData("consumer://10.0.0.1:20880/com.example.A", "/url")]
    [InlineData("dubbo://10.0.0.1:20880/com.example.A?category=consumers", "/url")]
    [InlineData("no url", "/url")]
    [InlineData("", "/url")]
    public async Task AUrlThatIsNotThePodsOwnProviderIsRefused(string url, string pointer)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var problem = await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url }, HttpStatusCode.UnprocessableEntity);
        ((string?)problem["code"]).ShouldBe("invalid-registration");
        problem["errors"]!.AsArray().Select(static one => (string)one!["pointer"]!).ShouldBe([pointer]);
    }

    [Fact]
    public async Task ByAUrlOrByMembersNotBoth()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var problem = await registry.Http.RegisterAsync(
            new object[]
            {
                new { @namespace = "shop", pod = "greeter-1", service = "fine", port = 1 },
                new { @namespace = "shop", pod = "greeter-1", url = Url, service = Greeting, port = 1, group = "", version = "", protocol = "dubbo", weight = 1, metadata = new { a = "b" } },
            },
            HttpStatusCode.UnprocessableEntity);
        problem["errors"]!.AsArray().Select(static one => (string)one!["pointer"]!).Order()
            .ShouldBe(["/1/group", "/1/metadata", "/1/port", "/1/protocol", "/1/service", "/1/version", "/1/weight"]);

        // In an array the pod's addresses are held against each.
        problem = await registry.Http.RegisterAsync(
            new object[] { new { @namespace = "shop", pod = "greeter-1", url = Url }, new { @namespace = "shop", pod = "greeter-1", url = "dubbo://10.9.9.9:1/com.example.A" } },
            HttpStatusCode.UnprocessableEntity);
        ((string?)problem["errors"]![0]!["pointer"]).ShouldBe("/1/url");
    }
}
