using System.Net;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Layering;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>The sample page with a browser's own EventSource shows instances as they come and go.</summary>
public sealed class EventSourceSampleTests
{
    [Fact]
    public async Task ThePageShowsInstancesComeAndGo()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("billing-1", "10.0.0.1");
        registry.Pod("billing-2", "10.0.0.2");
        await registry.RegisterAsync("billing-1", "billing", 9090);
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.NewPageAsync();

        // As its comment says: served from the gateway's own origin.
        var url = new Uri(registry.Http.BaseAddress!, "/consume.html?namespace=shop&service=billing").ToString();
        var html = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "samples", "consumers", "consume.html"), TestContext.Current.CancellationToken);
        await page.RouteAsync("**/consume.html?*", route => route.FulfillAsync(new() { ContentType = "text/html", Body = html }));
        await page.GotoAsync(url);
        await ShowsAsync(page, "10.0.0.1:9090");

        var second = await registry.RegisterAsync("billing-2", "billing", 9090);
        await ShowsAsync(page, "10.0.0.1:9090", "10.0.0.2:9090");

        using var answer = await registry.Http.DeleteAsync(new Uri($"/v1/registrations/{second["id"]}?namespace=shop&pod=billing-2", UriKind.Relative), TestContext.Current.CancellationToken).Within();
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await ShowsAsync(page, "10.0.0.1:9090");
    }

    private static Task ShowsAsync(IPage page, params string[] addresses) => page.WaitForFunctionAsync(
        "wanted => JSON.stringify([...document.querySelectorAll('#list li')].map((item) => item.textContent).sort()) === wanted",
        System.Text.Json.JsonSerializer.Serialize(addresses));
}
