using System.Collections.Concurrent;
using System.Net;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>Every page of the console over the demo cluster, in which a few things are not as they should be.</summary>
public sealed class ConsolePagesTests(ConsolePagesTests.Demo demo) : IClassFixture<ConsolePagesTests.Demo>
{
    // An own registration that is no JSON: the gateway lists everything else of the pod.
    private const string Unreadable = "registry-gateway.io/0123456789abcdef0123456789abcdef";

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
        await console.ShowsAsync(Unreadable);
        var text = await console.TextAsync();
        foreach (var part in new[] { "carts-1", "zone-a", "node-1", "2.0.0", "gateway", "lane=blue", "UNREADABLE" })
            text.ShouldContain(part);
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

    /// <summary>The demo cluster and its gateway, with one pod unready, one instance taken out, and one record that cannot be read.</summary>
    public sealed class Demo : IAsyncLifetime
    {
        private EmulatedCluster _cluster = null!;
        private GatewayUnderTest _gateway = null!;

        internal Chromium Chromium { get; private set; } = null!;

        public Uri Url => _gateway.Http.BaseAddress!;

        /// <summary>The id of an instance of shop/prices.</summary>
        public string Price { get; private set; } = "";

        /// <summary>Name, what comes after the <c>#</c>, and a text that is there once everything is.</summary>
        public IEnumerable<(string Name, string Hash, string Text)> Pages =>
        [
            ("overview", "#/", "1 record cannot be read"), ("services", "#/services", "com.example.StockService"), ("service", "#/services/shop/orders", "NotReady"),
            ("instance", $"#/services/shop/prices/{Price}", Unreadable), ("why", "#/why?namespace=shop&service=orders&pod=orders-2", "What to do"),
            ("history", "#/history?namespace=shop", "prices"), ("consumers-none", "#/consumers", "Name a namespace"), ("act", "#/act", "For development"),
        ];

        public async ValueTask InitializeAsync()
        {
            _cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
            _gateway = await GatewayUnderTest.StartAsync(_cluster.Url, [KeyValuePair.Create("Subscriptions:SingleReplica", (string?)"true")]);
            Chromium = await Chromium.StartAsync();

            Price = (string)(await RegisterAsync("carts-1", new { lane = "blue", note = "<img src=x onerror=alert(1)>" }))["id"]!;
            var other = (string)(await RegisterAsync("carts-2", new { lane = "green", note = "" }))["id"]!;
            using (var taken = await _gateway.Http.PostAsync($"/v1/registrations/{other}/out-of-service?namespace=shop&pod=carts-2", null).Within())
                taken.StatusCode.ShouldBe(HttpStatusCode.OK);
            _cluster.Objects.Change(ResourceKinds.Pods, "shop", "carts-1", static pod => pod["metadata"]!["annotations"]![Unreadable] = "{").ShouldNotBeNull();
            _cluster.Player.SetReady("shop", "orders-2", false);
            await _gateway.Http.LookUpUntilAsync("shop", "orders", static all => all.Any(static one => one.Status() == "STARTING"));
            await _gateway.Http.LookUpUntilAsync("shop", "prices", static all => all.Any(static one => one.Status() == "OUT_OF_SERVICE"));
            await _gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "carts-1")?.Records.Unreadable.IsEmpty == false, Patience.Limit);
        }

        public async ValueTask DisposeAsync()
        {
            await Chromium.DisposeAsync();
            await _gateway.DisposeAsync();
            await _cluster.DisposeAsync();
        }

        private Task<System.Text.Json.Nodes.JsonNode> RegisterAsync(string pod, object metadata) =>
            _gateway.Http.RegisterAsync(new { @namespace = "shop", pod, service = "prices", port = 8080, version = "2.0.0", metadata }, HttpStatusCode.Created);
    }
}
