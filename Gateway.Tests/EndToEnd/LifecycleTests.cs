using System.Net;
using Gateway.Tests.Emulator;

namespace Gateway.Tests.EndToEnd;

/// <summary>A registration from its POST to the end of its pod, as a lookup and a subscriber see it.</summary>
public sealed class LifecycleTests
{
    private const string Watch = "/v1/namespaces/shop/services/greeting/watch";

    [Fact]
    public async Task ALookupRightAfterThe201ShowsTheInstance()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        for (var i = 0; i < 20; i++)
        {
            var registered = await registry.RegisterAsync("greeter-1", $"greeting-{i}", expected: HttpStatusCode.Created);
            var found = (await registry.Http.LookUpAsync("shop", $"greeting-{i}")).ShouldHaveSingleItem();
            found["id"]!.ToString().ShouldBe(registered["id"]!.ToString());
            found.Status().ShouldBe("UP");
        }
    }

    [Fact]
    public async Task APodDeletedByKubectlIsRemovedFromStreamsAndLookups()
    {
        await using var registry = await TestRegistry.StartAsync(player: true);
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch);
        (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().Count.ShouldBe(1);

        using var kubectl = new Kubectl(registry.Cluster.Url);
        await kubectl.RunAsync("delete", "pod", "greeter-1", "--wait=false");

        (await stream.NextAsync("removed")).InstanceId.ShouldBe(id);
        (await registry.Http.LookUpAsync("shop", "greeting")).ShouldBeEmpty();
        (await registry.Http.LookUpAsync("shop", "greeting", "?status=any")).ShouldAllBe(static instance => instance.Status() == "TERMINATING");
    }

    [Fact]
    public async Task ReadinessTakesAnInstanceOutAndBringsItBack()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch);
        await stream.NextAsync("snapshot");

        registry.Cluster.Player.SetReady("shop", "greeter-1", false);
        (await stream.NextAsync("removed")).InstanceId.ShouldBe(id);
        var starting = (await registry.Http.LookUpAsync("shop", "greeting", "?status=any")).ShouldHaveSingleItem();
        (starting.Status(), (string?)starting["reason"]).ShouldBe(("STARTING", "NotReady"));

        registry.Cluster.Player.SetReady("shop", "greeter-1", true);
        (await stream.NextAsync("added")).InstanceId.ShouldBe(id);
        (await registry.Http.LookUpAsync("shop", "greeting")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task APodThatRegistersBeforeItHasAnAddressIsListedAsSoonAsItHasOne()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "", isRunning: false);
        var registered = await registry.RegisterAsync("greeter-1", "greeting", expected: HttpStatusCode.Created);
        registered["address"].ShouldBeNull();
        (registered.Status(), (string?)registered["reason"]).ShouldBe(("STARTING", "NoPodIP"));
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch);
        (await stream.NextAsync("snapshot")).Data["instances"]!.AsArray().ShouldBeEmpty();

        registry.Cluster.Player.Run("shop", "greeter-1", "node-1", [IPAddress.Parse("10.0.0.7")]);

        var added = await stream.NextAsync("added");
        ((string?)added.Data["address"], (string?)added.Data["pod"]!["zone"]).ShouldBe(("10.0.0.7", "zone-a"));
    }

    [Fact]
    public async Task DeregisteringIsAnsweredWith204AlsoWhenAlreadyGone()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var id = (string)(await registry.RegisterAsync("greeter-1", "greeting"))["id"]!;
        for (var i = 0; i < 2; i++)
        {
            using var answer = await registry.Http.DeleteAsync($"/v1/registrations/{id}?namespace=shop&pod=greeter-1", TestContext.Current.CancellationToken).Within();
            answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
            (await registry.Http.LookUpAsync("shop", "greeting", "?status=any")).ShouldBeEmpty();
        }
    }
}
