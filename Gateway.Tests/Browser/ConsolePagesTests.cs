using System.Collections.Concurrent;
using System.Net;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>Every page of the console over the demo cluster, in which a few things are not as they should be.</summary>
public sealed class ConsolePagesTests(ConsoleDemo demo) : IClassFixture<ConsoleDemo>
{
    [Theory]
    [InlineData(1280, 900, false)]
    [InlineData(1280, 900, true)]
    [InlineData(360, 740, false)]
    [InlineData(360, 740, true)]
    [InlineData(3840, 2160, false)]
    public async Task EveryPageIsShownWithoutErrorAndAccessibly(int width, int height, bool isDark)
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "", width, height, isDark);
        foreach (var (name, hash, text) in demo.Pages)
        {
            await console.GoAsync(hash);
            await console.ShowsAsync(text);
            await console.ShouldBeAccessibleAsync($"{hash} at {width}, {(isDark ? "dark" : "light")}");
            await console.KeepPictureAsync($"console-{name}{(width == 1280 ? "" : $"-{width}")}{(isDark ? "-dark" : "")}", isDocumented: width == 1280 && !isDark && name is "overview" or "service" or "why");
        }

        console.ShouldHaveDoneNoHarm();
        await console.Page.Context.CloseAsync();
    }

    [Fact]
    public async Task TheOverviewCountsAndNamesWhatNeedsAttention()
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url);
        await console.ShowsAsync("1 record cannot be read");
        foreach (var (status, count) in new[] { ("UP", "20"), ("STARTING", "1"), ("OUT_OF_SERVICE", "1") })
            (await console.Page.Locator(".card").Filter(new() { Has = console.Page.Locator($".badge.{status}") }).Locator("b").InnerTextAsync()).ShouldBe(count, status);
        (await console.Page.Locator(".card").Filter(new() { HasText = "replicas" }).Locator("b").InnerTextAsync()).ShouldBe("1");
        console.ShouldHaveDoneNoHarm();
    }

    [Theory]
    [InlineData(404, "text/plain", "default backend - 404")]
    [InlineData(200, "text/html", "<!doctype html><title>Another application</title>")]
    public async Task WhereAnIngressKeepsMetricsAndReadinessTheOverviewCountsWhatMayBeReadAndSaysWhatItDoesNotKnow(int status, string type, string body)
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "#/services");
        await console.ShowsAsync("10 services");
        foreach (var path in new[] { "**/metrics", "**/readyz" })
            await console.Page.RouteAsync(path, route => route.FulfillAsync(new() { Status = status, ContentType = type, Body = body }));
        await console.GoAsync("#/");
        await console.ShowsAsync("That is not known: /metrics and /readyz cannot be read from here.");
        await console.ShowsAsync("services that you may read");
        await console.ShowsAsync("The metrics of this gateway are not reachable from here.");
        (await console.Page.Locator(".card").Filter(new() { Has = console.Page.Locator(".badge.UP") }).Locator("b").InnerTextAsync()).ShouldBe("20");
        await console.Page.Locator("#freshness", new() { HasText = "fresh" }).WaitForAsync();
        await console.ShouldBeAccessibleAsync("the overview without metrics");
        console.ShouldHaveDoneNoHarm(ConsolePage.FailedRequest);

        await console.Page.UnrouteAsync("**/readyz");
        await console.ShowsAsync("That is not known: /metrics cannot be read from here.");
    }

    [Fact]
    public async Task ConsumersOfAServiceAndOfAPodAreListedAndDrawn()
    {
        var service = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "#/services/shop/orders");
        await service.ShowsAsync("Live: changes are shown as they happen.");
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "#/consumers");
        await console.Page.GetByLabel("Namespace").FillAsync("shop");
        await console.Page.GetByLabel("Service: who consumes it?").FillAsync("orders");
        await console.Page.Keyboard.PressAsync("Enter");
        await console.Page.WaitForURLAsync(static url => url.EndsWith("#/consumers?namespace=shop&service=orders", StringComparison.Ordinal));

        var rows = console.Page.Locator("tbody tr");
        await rows.Filter(new() { HasText = "127.0.0.1" }).WaitForAsync();
        var listed = (await rows.AllInnerTextsAsync()).Select(static row => string.Join(' ', row.Split(['\t', '\n', ' '], StringSplitOptions.RemoveEmptyEntries))).ToList();
        listed.Count.ShouldBe(3);
        listed.ShouldContain(static row => row.StartsWith($"checkout shop {ConsoleDemo.Checkout} proved 3 0 ", StringComparison.Ordinal) && row.EndsWith(" native", StringComparison.Ordinal));
        listed.ShouldContain(static row => row.StartsWith($"ledger billing {ConsoleDemo.Ledger} proved 1 0 ", StringComparison.Ordinal));
        listed.ShouldContain(static row => row.StartsWith("unknown 127.0.0.1 by address", StringComparison.Ordinal));
        var graph = console.Page.GetByRole(AriaRole.Img);
        (await graph.GetAttributeAsync("aria-label")).ShouldBe("3 workloads that consume the service");
        (await console.Page.Locator("svg.graph text").First.EvaluateAsync<double>("text => text.getBoundingClientRect().height")).ShouldBeLessThan(20, "it is no larger than the text of the page");
        (await graph.Locator("text").AllTextContentsAsync()).Order().ShouldBe(["127.0.0.1", "billing/ledger", "checkout", "orders"]);

        await console.Page.GetByLabel("Service: who consumes it?").FillAsync("");
        await console.Page.GetByLabel("or pod: what does it consume?").FillAsync(ConsoleDemo.Checkout);
        await console.Page.Keyboard.PressAsync("Enter");
        await console.Page.GetByRole(AriaRole.Link, new() { Name = "shop/prices" }).WaitForAsync();
        (await console.Page.GetByRole(AriaRole.Link, new() { Name = "shop/orders" }).CountAsync()).ShouldBe(1);
        (await graph.GetAttributeAsync("aria-label")).ShouldBe("2 services that the pod consumes");
        console.ShouldHaveDoneNoHarm();
    }

    [Fact]
    public async Task TheFirstPaintNeedsThePageAndItsStylesAlone()
    {
        var page = await demo.Chromium.NewPageAsync();
        var painted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var styled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ConcurrentQueue<string> before = [];
        page.RequestFinished += (_, request) =>
        {
            if (painted.Task.IsCompleted || !request.Url.StartsWith("http", StringComparison.Ordinal))
                return;
            before.Enqueue(new Uri(request.Url).AbsolutePath);
            if (request.Url.EndsWith("console.css", StringComparison.Ordinal))
                styled.TrySetResult();
        };
        await page.RouteAsync("**/*.js", async route =>
        {
            await painted.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync(new Uri(demo.Url, "/console/").ToString(), new() { WaitUntil = WaitUntilState.Commit });
        await page.WaitForFunctionAsync("() => performance.getEntriesByName('first-contentful-paint').length === 1");
        (await page.Locator("header").EvaluateAsync<string>("header => getComputedStyle(header).display")).ShouldBe("flex", "it is styled");
        await styled.Task.Within();
        painted.SetResult();

        before.ShouldBe(["/console/", "/console/console.css"]);
        await page.Locator("main h1", new() { HasText = "Overview" }).WaitForAsync();
    }

    [Fact]
    public async Task ServicesAreFoundByTextNamespaceStatusAndSource()
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "#/services");
        await console.ShowsAsync("10 services");
        await console.Page.GetByLabel("Search").FillAsync("ORD");
        await console.ShowsAsync("1 of 10 services");
        (await console.Page.Locator(".list .space [role=row]").InnerTextAsync()).ShouldContain("3 UP");
        await console.Page.WaitForURLAsync(static url => url.EndsWith("#/services?text=ORD", StringComparison.Ordinal));
        await console.Page.GetByLabel("Search").FillAsync("");
        await console.Page.GetByLabel("Namespace").SelectOptionAsync("billing");
        await console.ShowsAsync("3 of 10 services");
        await console.Page.GetByLabel("Namespace").SelectOptionAsync("");
        await console.Page.GetByLabel("Status").SelectOptionAsync("OUT_OF_SERVICE");
        await console.ShowsAsync("1 of 10 services");
        await console.Page.GetByLabel("Status").SelectOptionAsync("");
        await console.Page.GetByLabel("Source").SelectOptionAsync("dubbo-go");
        await console.ShowsAsync("com.example.GreetingService");

        await console.Page.ReloadAsync();
        await console.ShowsAsync("1 of 10 services");
        console.ShouldHaveDoneNoHarm();
    }

    [Fact]
    public async Task AServiceShowsItsFallbackAndItsLookupAsCurl()
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "#/services/shop/orders");
        await console.ShowsAsync("orders.shop.svc");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Copy as curl" }).ClickAsync();
        await console.ShowsAsync($"curl -s '{new Uri(demo.Url, "/v1/namespaces/shop/services/orders/instances")}'");
        console.ShouldHaveDoneNoHarm();
    }

    [Fact]
    public async Task WhatWasRegisteredIsShownAsTextAndALinkHoldsNoShellCommand()
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "#/services/shop/prices");
        await console.ShowsAsync("note=<img src=x onerror=alert(1)>");
        (await console.Page.Locator("main img").CountAsync()).ShouldBe(0);

        await console.GoAsync("#/services/shop/a%27%3Bid%3B%27");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Copy as curl" }).ClickAsync();
        await console.ShowsAsync("/v1/namespaces/shop/services/a%27%3Bid%3B%27/instances'");
        console.ShouldHaveDoneNoHarm(ConsolePage.FailedRequest);
    }

    [Fact]
    public async Task AnInstanceShowsEveryRecordOfItsPod()
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, $"#/services/shop/prices/{demo.Price}");
        await console.ShowsAsync("Records of its pod");
        await console.ShowsAsync(ConsoleDemo.Unreadable);
        var text = await console.TextAsync();
        foreach (var part in new[] { "carts-1", "zone-a", "node-1", "2.0.0", "gateway", "lane=blue", "UNREADABLE", "generic written" })
            text.ShouldContain(part);
        (await console.Page.Locator("tr[aria-current]").InnerTextAsync()).ShouldContain(demo.Price, Case.Sensitive, "its own registration");
        console.ShouldHaveDoneNoHarm();

        await console.GoAsync($"#/services/shop/prices/{new string('0', 32)}");
        await console.ShowsAsync("No instance of the service has this id now.");
    }

    [Fact]
    public async Task AnUnreadyPodIsExplainedWithWhatToDo()
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url, "#/why");
        await console.Page.GetByLabel("Namespace").FillAsync("shop");
        await console.Page.GetByLabel("Service").FillAsync("orders");
        await console.Page.GetByLabel("Pod (optional)").FillAsync("orders-2");
        await console.Page.Keyboard.PressAsync("Enter");
        await console.ShowsAsync("orders-2 in orders: not-listed");
        var failed = console.Page.Locator("ol.chain li.failed").First;
        (await failed.InnerTextAsync()).ShouldContain("readiness");
        (await failed.Locator(".help").InnerTextAsync()).ShouldStartWith("What to do: ");
        await console.Page.WaitForURLAsync(static url => url.EndsWith("#/why?namespace=shop&service=orders&pod=orders-2", StringComparison.Ordinal));
        console.ShouldHaveDoneNoHarm();
    }

    [Fact]
    public async Task KeysReachEverythingAndTheFocusFollowsThePage()
    {
        var console = await ConsolePage.OpenAsync(demo.Chromium, demo.Url);
        await console.ShowsAsync("Needs attention");
        await console.Page.Keyboard.PressAsync("Tab");
        (await FocusedAsync(console)).ShouldBe("Skip to the content");
        await console.Page.Keyboard.PressAsync("Enter");
        (await console.Page.EvaluateAsync<string>("() => document.activeElement.id")).ShouldBe("content");
        await console.ShowsAsync("Needs attention");

        await console.Page.GetByRole(AriaRole.Link, new() { Name = "Services", Exact = true }).FocusAsync();
        await console.Page.Keyboard.PressAsync("Enter");
        await console.ShowsAsync("10 services");
        (await console.Page.EvaluateAsync<string>("() => document.activeElement.id")).ShouldBe("content");
        (await console.Page.TitleAsync()).ShouldBe("Services - Registry Gateway");
        await console.Page.Keyboard.PressAsync("Tab");
        await console.Page.Keyboard.TypeAsync("orders");
        await console.ShowsAsync("1 of 10 services");
        console.ShouldHaveDoneNoHarm();
    }

    private static Task<string> FocusedAsync(ConsolePage console) => console.Page.EvaluateAsync<string>("() => document.activeElement.textContent");
}
