using System.Net;
using System.Text.Json.Nodes;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Dubbo.Views;
using Gateway.Core.Registry;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using static Gateway.Tests.Facades.Dubbo.DubboCluster;

namespace Gateway.Tests.Facades.Dubbo;

/// <summary>The gateway as a metadata center: who may say what of which application, and for how long it is kept.</summary>
public sealed class MetadataCenterTests
{
    private static readonly string Info = MetadataInfo("greeter", "r1", (Greeting, "g1", "1.0.0"));

    [Fact]
    public async Task MetadataIsGivenBackAsItWasPut()
    {
        await using var registry = await GreeterAsync();
        var text = "{ \"app\":\"greeter\",  \"extra\":[1,2,{\"é\":null}],\"services\":{} }";
        using var put = await registry.PutAsync("greeter-1", "metadata/greeter/r1", text);
        put.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using var answer = await registry.Http.GetAsync(Path("metadata/greeter/r1")).Within();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        (await answer.Content.ReadAsStringAsync()).ShouldBe(text);
        await registry.Http.GetJsonAsync(Path("metadata/greeter/r2"), HttpStatusCode.NotFound);
        await registry.Http.GetJsonAsync("/v1/namespaces/other/dubbo/metadata/greeter/r1", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"app":"other"}""", "/app")]
    [InlineData("""{"revision":"r2"}""", "/revision")]
    [InlineData("""{"services":[]}""", "/services")]
    [InlineData("""{"services":{"a/b:1":[]}}""", "/services/a~1b:1")]
    [InlineData("""{"services":{"a":{"name":"not a name"}}}""", "/services/a")]
    [InlineData("[]", "")]
    public async Task WhatIsNoMetadataInfoIsRefused(string body, string pointer)
    {
        await using var registry = await GreeterAsync();
        using var put = await registry.PutAsync("greeter-1", "metadata/greeter/r1", body);
        var problem = JsonNode.Parse(await put.Content.ReadAsStringAsync())!;
        ((int)put.StatusCode, (string?)problem["code"]).ShouldBe((422, "invalid-metadata"));
        ((string?)problem["errors"]![0]!["pointer"]).ShouldBe(pointer);
        await registry.Http.GetJsonAsync(Path("metadata/greeter/r1"), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task BodiesHaveTheirBounds()
    {
        await using var registry = await GreeterAsync(("Dubbo:MaxMetadataBytes", "2048"), ("Dubbo:MaxTotalBytes", "3000"));
        (await PutSizedAsync(registry, "r1", 2049)).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await PutSizedAsync(registry, "r1", 2_000_000)).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await PutSizedAsync(registry, "r1", 2000)).ShouldBe(HttpStatusCode.NoContent);
        (await PutSizedAsync(registry, "r2", 2000)).ShouldBe(HttpStatusCode.ServiceUnavailable);

        // The same revision again takes no more room.
        (await PutSizedAsync(registry, "r1", 2000)).ShouldBe(HttpStatusCode.NoContent);
        using var text = await registry.Http.CallAsync("PUT", Path("metadata/greeter/r1?namespace=shop&pod=greeter-1"), "{}", "text/plain");
        text.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        using var broken = await registry.PutAsync("greeter-1", "metadata/greeter/r1", "{");
        broken.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(2_000, HttpStatusCode.NoContent)]
    [InlineData(2_001, HttpStatusCode.RequestEntityTooLarge)]
    public async Task AMetadataInfoHasSoManyServices(int count, HttpStatusCode status)
    {
        await using var registry = await GreeterAsync();
        var services = string.Join(',', Enumerable.Range(0, count).Select(static i => $$"""
            "s{{i}}":{"name":"s{{i}}"}
            """));
        using var put = await registry.PutAsync("greeter-1", "metadata/greeter/r1", $"{{\"services\":{{{services}}}}}");
        put.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task OnlyAPodThatHasRegisteredTheApplicationMaySpeakOfIt()
    {
        await using var registry = await GreeterAsync();
        registry.Pod("other-1", "10.0.0.2");
        await registry.RegisterAsync("other-1", "other");
        foreach (var path in new[] { "metadata/greeter/r1", $"mapping/{Greeting}" })
        {
            var body = path[0] == 'm' && path[1] == 'e' ? Info : """["greeter"]""";
            (await CodeAsync(registry.PutAsync("other-1", path, body))).ShouldBe((403, "forbidden"));
            (await CodeAsync(registry.PutAsync("nobody-1", path, body))).ShouldBe((403, "pod-gone"));
            (await CodeAsync(registry.Http.CallAsync("PUT", Path(path), body))).ShouldBe((401, "pod-required"));
            (await CodeAsync(registry.Http.CallAsync("PUT", "/v1/namespaces/other/dubbo/" + path + "?namespace=shop&pod=greeter-1", body))).ShouldBe((403, "forbidden"));
            (await CodeAsync(registry.Http.CallAsync("PUT", Path(path), body, headers: ("Authorization", "Bearer nothing")))).ShouldBe((401, "unauthenticated"));
        }

        await registry.Http.GetJsonAsync(Path("metadata/greeter/r1"), HttpStatusCode.NotFound);
        Texts((await registry.Http.GetJsonAsync(Path($"mapping/{Greeting}")))["applications"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatAPodMayNotRegisterItMayNotProvideByItsApplicationEither()
    {
        await using var registry = await GreeterAsync();
        registry.Small.Service(name: "orders");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Services.ContainsKey(new("shop", "orders")), Patience.Limit);
        (await CodeAsync(registry.PutAsync("greeter-1", "metadata/greeter/r1", MetadataInfo("greeter", "r1", ("orders", "", ""))))).ShouldBe((403, "name-reserved"));
        (await CodeAsync(registry.PutAsync("greeter-1", "mapping/orders", """["greeter"]"""))).ShouldBe((403, "name-reserved"));

        await using var strict = await GatewayUnderTest.StartAsync(registry.Cluster.Url, [KeyValuePair.Create("Access:Register", (string?)"Rbac")]);
        registry.Cluster.Faults.AnswerNext(
            int.MaxValue, 201, body: """{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false}}""",
            filter: static request => request.Path.Contains("subjectaccessreviews", StringComparison.Ordinal));
        (await CodeAsync(strict.Http.PutAsync("greeter-1", "metadata/greeter/r1", Info))).ShouldBe((403, "forbidden"));
        (await CodeAsync(strict.Http.PutAsync("greeter-1", $"mapping/{Greeting}", """["greeter"]"""))).ShouldBe((403, "forbidden"));
    }

    [Fact]
    public async Task APodWhoseApplicationIsReservedDoesNotSpeakForItAnyMore()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("thief-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "thief-1", service = "thief", port = 8080, metadata = new { application = "greeter" } });
        using (var put = await registry.PutAsync("thief-1", "metadata/greeter/r1", Info))
            put.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        registry.Small.Service(name: "greeter");
        await registry.Gateway.State.WaitAsync(static snapshot => snapshot.Find(new("shop", "greeter")) is { Fallback: not null, Instances.IsEmpty: true }, Patience.Limit);
        (await CodeAsync(registry.PutAsync("thief-1", "metadata/greeter/r2", MetadataInfo("greeter", "r2")))).ShouldBe((403, "name-reserved"));
        (await CodeAsync(registry.PutAsync("thief-1", $"mapping/{Greeting}", "[\"greeter\"]"))).ShouldBe((403, "name-reserved"));
        var own = await registry.Http.GetJsonAsync("/v1/registrations?namespace=shop&pod=thief-1");
        own["items"]!.AsArray().Select(static one => (string?)one!["reason"]).ShouldContain(static reason => reason != null && reason.StartsWith("name-reserved: greeter "));
        (await registry.Http.GetJsonAsync("/v1/namespaces/shop/services/greeter/instances?status=any"))["instances"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task TheMetadataOfARevisionInUseDoesNotChange()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "greeter-1",
            service = "greeter",
            port = 8080,
            metadata = new Dictionary<string, string> { ["dubbo.metadata.revision"] = "r1" },
        });
        foreach (var revision in new[] { "r1", "r2" })
        {
            using var put = await registry.PutAsync("greeter-1", "metadata/greeter/" + revision, MetadataInfo("greeter", revision));
            put.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }

        (await CodeAsync(registry.PutAsync("greeter-1", "metadata/greeter/r1", Info))).ShouldBe((409, "conflict"));
        using (var same = await registry.PutAsync("greeter-1", "metadata/greeter/r1", "{ \"revision\":\"r1\", \"services\":{}, \"app\":\"greeter\"}"))
            same.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await registry.Http.GetJsonAsync(Path("metadata/greeter/r1")))["services"]!.AsObject().ShouldBeEmpty();
        using var unused = await registry.PutAsync("greeter-1", "metadata/greeter/r2", MetadataInfo("greeter", "r2", (Greeting, "", "")));
        unused.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task APodSpeaksWithItsToken()
    {
        await using var registry = await GreeterAsync();
        var token = registry.Cluster.IssueToken("shop", "default", "greeter-1", ["registry-gateway"]);
        using var put = await registry.Http.CallAsync("PUT", Path("metadata/greeter/r1"), Info, headers: ("Authorization", $"Bearer {token}"));
        put.StatusCode.ShouldBe(HttpStatusCode.NoContent, await put.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task AnApplicationIsRegisteredByItsNameInMetadataToo()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", url = $"dubbo://10.0.0.1:20880/{Greeting}?application=greeter" });
        await registry.SayAsync("greeter-1", $"mapping/{Greeting}", """{"applications":["greeter"]}""");
        Texts((await registry.Http.GetJsonAsync(Path($"mapping/{Greeting}")))["applications"]).ShouldBe(["greeter"]);
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", Info);
    }

    [Fact]
    public async Task AMappingKeepsWhatOthersHaveMapped()
    {
        await using var registry = await GreeterAsync();
        registry.Pod("other-1", "10.0.0.2");
        await registry.RegisterAsync("other-1", "other");
        await registry.SayAsync("greeter-1", $"mapping/{Greeting}", """["greeter"]""");
        using var put = await registry.PutAsync("other-1", $"mapping/{Greeting}", $$"""{"namespace":"shop","interface":"{{Greeting}}","applications":["greeter","other"]}""");
        JsonNode.Parse(await put.Content.ReadAsStringAsync())!.ToJsonString().ShouldBe($$"""{"namespace":"shop","interface":"{{Greeting}}","applications":["greeter","other"]}""");
        (await CodeAsync(registry.PutAsync("other-1", $"mapping/{Greeting}", """{"applications":[]}"""))).ShouldBe((422, "invalid-metadata"));
        (await CodeAsync(registry.PutAsync("other-1", $"mapping/{Greeting}", """{"applications":["a b"],"more":1}"""))).ShouldBe((422, "invalid-metadata"));
        (await CodeAsync(registry.PutAsync("other-1", $"mapping/{Greeting}", "true"))).ShouldBe((422, "invalid-metadata"));
    }

    [Fact]
    public async Task WhatIsKeptLivesAsLongAsARegistrationNamesIt()
    {
        await using var registry = await GreeterAsync();
        registry.Pod("greeter-2", "10.0.0.2");
        var second = (string)(await registry.RegisterAsync("greeter-2", "greeter"))["id"]!;
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", Info);
        await registry.SayAsync("greeter-1", $"mapping/{Greeting}", """["greeter"]""");

        // The pod that said it goes; another still names it.
        (await registry.Http.DeleteAsync("/v1/registrations?namespace=shop&pod=greeter-1").Within()).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await registry.Http.GetJsonAsync(Path("metadata/greeter/r1"));
        (await registry.Http.DeleteAsync($"/v1/registrations/{second}?namespace=shop&pod=greeter-2").Within()).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await registry.Http.GetJsonAsync(Path("metadata/greeter/r1"), HttpStatusCode.NotFound);
        Texts((await registry.Http.GetJsonAsync(Path($"mapping/{Greeting}")))["applications"]).ShouldBeEmpty();
        Texts((await registry.Http.ProvidersAsync(Greeting))["urls"]).ShouldBeEmpty();

        // Back within the time that unnamed things are kept: nobody has to say it again.
        await registry.RegisterAsync("greeter-2", "greeter");
        await registry.Http.GetJsonAsync(Path("metadata/greeter/r1"));
    }

    [Fact]
    public async Task WhatNobodyNamesIsForgotten()
    {
        await using var registry = await GreeterAsync();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        var options = new ApplicationOptions { KeepUnnamed = TimeSpan.FromMinutes(5) };
        var store = new MemoryApplicationStore(options, time);
        var keeper = new DubboMetadataExpiry(store, registry.Gateway.State, options, time);
        var (greeter, gone) = (new ApplicationName("shop", "greeter"), new ApplicationName("shop", "gone"));
        (await store.PutAsync(greeter, new ApplicationMetadata("r1", "{}"u8.ToArray(), []), isInUse: false)).ShouldBe(PutResult.Stored);
        (await store.PutAsync(gone, new ApplicationMetadata("r1", "{}"u8.ToArray(), []), isInUse: false)).ShouldBe(PutResult.Stored);
        await store.PutAsync(gone, Greeting);

        keeper.RenewNamed();
        store.All.Count.ShouldBe(3);
        time.Advance(TimeSpan.FromMinutes(4));
        keeper.RenewNamed();
        time.Advance(TimeSpan.FromMinutes(2));
        keeper.RenewNamed();
        store.All.ShouldHaveSingleItem().Fact.ShouldBe(new ApplicationFact(greeter, "r1", IsMapping: false));
        store.Find(gone).IsEmpty.ShouldBeTrue();
        store.ApplicationsOf("shop", Greeting).ShouldBeEmpty();
    }

    [Fact]
    public async Task ARevisionThatInstancesHaveLeftIsForgottenAndTheirsIsNot()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await RegisterAsync("r1");
        await registry.SayAsync("greeter-1", "metadata/greeter/r1", Info);
        await registry.SayAsync("greeter-1", "metadata/greeter/r2", MetadataInfo("greeter", "r2", (Greeting, "g2", "2.0.0")));
        (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1))[0].ShouldContain("group=g1");
        await RegisterAsync("r2");
        (await registry.Http.UrlsUntilAsync(Greeting, static urls => urls.Count == 1 && urls[0].Contains("group=g2", StringComparison.Ordinal))).ShouldHaveSingleItem();

        var snapshot = registry.Gateway.Services.GetRequiredService<RegistryState>().Current;
        var application = new ApplicationName("shop", "greeter");
        var revisions = ApplicationRegistrations.RevisionsOf(snapshot, application);
        var facts = registry.Gateway.Services.GetRequiredService<IApplicationStore>().Find(application);
        revisions.Name(new ApplicationFact(application, "r1", IsMapping: false), facts).ShouldBeFalse();
        revisions.Name(new ApplicationFact(application, "r2", IsMapping: false), facts).ShouldBeTrue();
        revisions.Name(new ApplicationFact(application, Greeting, IsMapping: true), facts).ShouldBeTrue();

        Task RegisterAsync(string revision) => registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "greeter-1",
            service = "greeter",
            port = 20880,
            protocol = "dubbo",
            metadata = new Dictionary<string, string> { ["dubbo.metadata.revision"] = revision },
        });
    }

    private static async Task<TestRegistry> GreeterAsync(params (string, string)[] settings)
    {
        var registry = await TestRegistry.StartAsync(settings: settings);
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeter");
        return registry;
    }

    private static async Task<(int Status, string? Code)> CodeAsync(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        return ((int)answer.StatusCode, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]);
    }

    private static async Task<HttpStatusCode> PutSizedAsync(TestRegistry registry, string revision, int bytes)
    {
        var text = $$"""{"x":"{{new string('x', bytes - 8)}}"}""";
        text.Length.ShouldBe(bytes);
        using var answer = await registry.PutAsync("greeter-1", $"metadata/greeter/{revision}", text);
        return answer.StatusCode;
    }
}
