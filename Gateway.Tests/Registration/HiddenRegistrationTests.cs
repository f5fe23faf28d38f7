using System.Net;
using System.Text.Json.Nodes;
using Gateway.Tests.Api;
using Gateway.Tests.Callers;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Interop;

namespace Gateway.Tests.Registration;

/// <summary>A registration that the rule of names hides: its pod sees it and why; others do not, in any format.</summary>
public sealed class HiddenRegistrationTests
{
    [Fact]
    public async Task ItsPodReadsItByItsIdWithTheReasonAndNoLookupListsIt()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("thief-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("thief-1", "payments"))["id"]!;
        registry.Small.Service(name: "payments");
        await registry.Http.LookUpUntilAsync("shop", "payments", static all => all.Count == 0);

        foreach (var query in new[] { "", "?namespace=shop&pod=thief-1" })
        {
            var own = await registry.Http.GetJsonAsync($"/v1/registrations/{id}{query}");
            ((string)own["id"]!, (string)own["service"]!, (string)own["status"]!, (string)own["reason"]!).ShouldBe((id, "payments", "DOWN", "name-reserved"));
        }

        using var changed = await registry.Http.CallAsync("PATCH", $"/v1/registrations/{id}?namespace=shop&pod=thief-1", """{"weight":1}""");
        ((string)JsonNode.Parse(await changed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["reason"]!).ShouldBe("name-reserved");
        await registry.Http.GetJsonAsync($"/v1/namespaces/shop/services/payments/instances/{id}", HttpStatusCode.NotFound);
        (await registry.Http.LookUpAsync("shop", "payments", "?status=any")).ShouldBeEmpty();

        registry.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Services, "payments");
        await registry.Http.LookUpUntilAsync("shop", "payments", static all => all.Count == 1);
        ((string)(await registry.Http.GetJsonAsync($"/v1/registrations/{id}"))["status"]!).ShouldBe("UP");
    }

    [Fact]
    public async Task ItHasNoMirrorWhileItIsHidden()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("thief-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "thief-1", service = "payments", port = 20880, protocol = "dubbo", container = "app", mirrors = new[] { "generic" } });
        registry.Annotation("thief-1", "app.io/annotation").ShouldNotBeNull();

        registry.Small.Service(name: "payments");
        await SharedPods.UntilAsync(() => registry.Annotation("thief-1", "app.io/annotation") is null);

        // Another write of the pod does not bring it back.
        await registry.RegisterAsync("thief-1", "other", 8081);
        registry.Annotation("thief-1", "app.io/annotation").ShouldBeNull();
        registry.Small.Remove(Gateway.Emulator.Storage.ResourceKinds.Services, "payments");
        await SharedPods.UntilAsync(() => registry.Annotation("thief-1", "app.io/annotation") is not null);
    }

    /// <summary>
    /// A DELETE by an id alone of a user who may not list pods: this replica cannot know whether another has registered it a moment ago, and a 204
    /// would say that it is gone. With its pod named, what is gone already is 204.
    /// </summary>
    [Fact]
    public async Task AUserWhoMayNotSearchForAnIdIsNotAnsweredThatItIsGone()
    {
        await using var registry = await FencedRegistry.StartAsync(null, static world => world.Pod("shop", "greeter-1", "10.0.0.1"));
        await registry.SeenAsync("shop", "greeter-1");
        registry.Grant("shop", "operators", "billing/app", "", "pods", "patch");
        async Task<HttpStatusCode> DeleteAsync(string rest, string account = "billing")
        {
            using var answer = await registry.Http.CallAsync("DELETE", $"/v1/registrations/{rest}", headers: registry.As(account, null));
            return answer.StatusCode;
        }

        (await DeleteAsync($"{1:x32}")).ShouldBe(HttpStatusCode.Forbidden);
        (await DeleteAsync($"{1:x32}?namespace=shop&pod=greeter-1")).ShouldBe(HttpStatusCode.NoContent);

        registry.GrantEverywhere("searchers", "shop/app", "", "pods", "list");
        (await DeleteAsync($"{2:x32}", "shop")).ShouldBe(HttpStatusCode.NoContent);
    }
}
