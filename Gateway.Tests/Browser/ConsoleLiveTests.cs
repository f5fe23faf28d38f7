using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>What happens in the cluster while a page of the console is open.</summary>
public sealed class ConsoleLiveTests : IAsyncLifetime
{
    private EmulatedCluster _cluster = null!;
    private GatewayUnderTest _gateway = null!;
    private Chromium _chromium = null!;

    private Uri Url => _gateway.Http.BaseAddress!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        _gateway = await GatewayUnderTest.StartAsync(_cluster.Url, [KeyValuePair.Create("Subscriptions:SingleReplica", (string?)"true")]);
        _chromium = await Chromium.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _chromium.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task AServiceShowsChangesWithoutAReloadAndMarksThem()
    {
        var console = await ConsolePage.OpenAsync(_chromium, Url, "#/services/shop/orders");
        await RowOf(console, "orders-4").WaitForAsync();
        await console.Page.EvaluateAsync("() => { document.querySelectorAll('tbody tr, tbody td').forEach((one) => { one.marker = true; }); }");

        _cluster.Player.SetReady("shop", "orders-2", false);
        var unready = RowOf(console, "orders-2");
        await unready.Locator("td.changed .badge.STARTING").WaitForAsync();
        (await unready.Locator("td.changed").CountAsync()).ShouldBe(1, "the cell that changed and no other");
        (await console.TextAsync()).ShouldContain("modified orders-2 STARTING NotReady");
        (await console.Page.EvaluateAsync<int>("() => [...document.querySelectorAll('tbody tr, tbody td')].filter((one) => !one.marker).length"))
            .ShouldBe(1, "what did not change stays the same element, on the same page");

        _cluster.Objects.Remove(ResourceKinds.Pods, "shop", "orders-4").ShouldBeTrue();
        await RowOf(console, "orders-4").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        _cluster.Player.SetReady("shop", "orders-2", true);
        await unready.Locator(".badge.UP").WaitForAsync();
        console.ShouldHaveDoneNoHarm();
    }

    [Fact]
    public async Task HistoryShowsWhatHappenedAndAMomentHasALinkOfItsOwn()
    {
        _cluster.Player.SetReady("shop", "orders-2", false);
        await _gateway.Http.LookUpUntilAsync("shop", "orders", static all => all.Any(static one => one.Status() == "STARTING"));
        var console = await ConsolePage.OpenAsync(_chromium, Url, "#/history?namespace=shop&service=orders");
        var changes = console.Page.Locator("ol.timeline li");
        await changes.Filter(new() { HasText = "modified orders orders-2 UP → STARTING readiness" }).WaitForAsync();

        using (var kubectl = new Kubectl(_cluster.Url))
            await kubectl.RunAsync("delete", "pod", "orders-4", "--force", "--grace-period=0");
        await changes.Filter(new() { HasText = "removed orders orders-4" }).WaitForAsync();

        await changes.Filter(new() { HasText = "UP → STARTING" }).Locator("a").First.ClickAsync();
        await ShowsThatMomentAsync();
        await console.Page.ReloadAsync();
        await ShowsThatMomentAsync();

        await console.Page.GetByLabel("Change").SelectOptionAsync("removed");
        await console.Page.WaitForFunctionAsync("() => document.querySelector('ol.timeline li') && [...document.querySelectorAll('ol.timeline li')].every((item) => item.innerText.includes('removed'))");
        await console.Page.WaitForURLAsync(static url => !url.Contains("at=", StringComparison.Ordinal));
        console.ShouldHaveDoneNoHarm();

        async Task ShowsThatMomentAsync()
        {
            var then = console.Page.Locator("section.card");
            await then.WaitForAsync();
            (await then.Locator("li").Filter(new() { HasText = "orders-2" }).InnerTextAsync()).ShouldContain("STARTING");
            (await then.Locator("li").Filter(new() { HasText = "orders-4" }).InnerTextAsync()).ShouldContain("UP", Case.Sensitive, "it was there then");
            (await console.Page.Locator("li[aria-current]").InnerTextAsync()).ShouldContain("orders-2");
        }
    }

    [Fact]
    public async Task AfterARestartOfTheGatewayThePageGoesOnByItself()
    {
        var console = await ConsolePage.OpenAsync(_chromium, Url, "#/services/shop/orders");
        await console.ShowsAsync("Live: changes are shown as they happen.");
        await RowOf(console, "orders-1").WaitForAsync();
        var url = Url;
        await _gateway.StopAsync();
        await _gateway.DisposeAsync();
        await console.ShowsAsync("connecting again");

        _gateway = await GatewayUnderTest.StartAsync(_cluster.Url, [KeyValuePair.Create("urls", (string?)url.ToString())]);
        await console.ShowsAsync("Live: changes are shown as they happen.");
        _cluster.Player.SetReady("shop", "orders-3", false);
        await RowOf(console, "orders-3").Locator(".badge.STARTING").WaitForAsync();
        await console.Page.Locator("#freshness", new() { HasText = "fresh" }).WaitForAsync();
        console.ShouldHaveDoneNoHarm(ConsolePage.FailedRequest);
    }

    [Fact]
    public async Task InDevelopmentAPodIsRegisteredDrainedAndDeregisteredFromThePage()
    {
        var console = await ConsolePage.OpenAsync(_chromium, Url);
        await console.Page.GetByRole(AriaRole.Link, new() { Name = "Try", Exact = true }).ClickAsync();
        var form = console.Page.Locator("#register");
        await form.GetByLabel("Namespace").FillAsync("shop");
        await form.GetByLabel("Pod").FillAsync("carts-1");
        await form.GetByLabel("Service").FillAsync("prices");
        await form.GetByRole(AriaRole.Button).ClickAsync();
        await console.Page.GetByRole(AriaRole.Link, new() { Name = "prices" }).ClickAsync();
        await RowOf(console, "carts-1").Locator("a").ClickAsync();
        await console.Page.GetByRole(AriaRole.Link, new() { Name = "Drain or deregister" }).ClickAsync();

        await console.Page.Locator("#drain button").ClickAsync();
        await console.ShowsAsync("\"complete\": true");
        await _gateway.Http.LookUpUntilAsync("shop", "prices", static all => all.Single().Status() == "OUT_OF_SERVICE");
        await console.Page.Locator("#undrain button").ClickAsync();
        await _gateway.Http.LookUpUntilAsync("shop", "prices", static all => all.Single().Status() == "UP");
        await console.Page.Locator("#deregister button").ClickAsync();
        await console.ShowsAsync("Done.");
        await _gateway.Http.LookUpUntilAsync("shop", "prices", static all => all.Count == 0);

        await form.GetByLabel("Service").FillAsync("not a name");
        await form.GetByRole(AriaRole.Button).ClickAsync();
        await console.ShowsAsync("/service");
        console.ShouldHaveDoneNoHarm(ConsolePage.FailedRequest);
    }

    private static ILocator RowOf(ConsolePage console, string pod) => console.Page.Locator("tbody tr").Filter(new() { HasText = pod });
}
