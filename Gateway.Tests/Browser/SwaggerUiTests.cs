using Gateway.Emulator;
using Gateway.Tests.Layering;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>A person opens /swagger in a browser and tries register, lookup and pick against the demo cluster.</summary>
public sealed class SwaggerUiTests
{
    private const string Service = "com.example.PriceService";

    [Fact]
    public async Task TryItOutRegistersLooksUpAndPicks()
    {
        await using var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        await using var gateway = await GatewayUnderTest.StartAsync(cluster.Url);
        await using var chromium = await Chromium.StartAsync();
        var page = await chromium.NewPageAsync();
        await page.GotoAsync(new Uri(gateway.Http.BaseAddress!, "/swagger").ToString());

        var documents = page.Locator("a.info__extdocs");
        var link = new Uri(gateway.Http.BaseAddress!, await documents.GetAttributeAsync("href"));
        link.AbsolutePath.ShouldBe("/docs/api.md");
        (await gateway.Http.GetStringAsync(link)).ShouldBe(await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "docs/api.md")));

        var registered = await TryAsync(page, "post", "/v1/registrations", [], $$"""{"namespace":"shop","pod":"carts-1","service":"{{Service}}","port":8080}""");
        registered.Status.ShouldBe("201");
        registered.Body.ShouldContain(Service);
        foreach (var call in new[] { "instances", "pick" })
        {
            var found = await TryAsync(page, "get", $"/v1/namespaces/{{ns}}/services/{{name}}/{call}", [("ns", "shop"), ("name", Service)]);
            found.Status.ShouldBe("200", found.Body);
            found.Body.ShouldContain("carts-1");
        }

        var screenshot = await Chromium.KeepScreenshotAsync(page, "swagger");
        screenshot.Length.ShouldBeGreaterThan(10_000);
    }

    /// <summary>Opens the operation, tries it out with what is given, and returns the status and the body that the page then shows.</summary>
    private static async Task<(string Status, string Body)> TryAsync(IPage page, string method, string path, (string Name, string Value)[] parameters, string? body = null)
    {
        var operation = page.Locator($".opblock-{method}").Filter(new() { Has = page.Locator($".opblock-summary-path[data-path=\"{path}\"]") });
        await operation.Locator(".opblock-summary-control").ClickAsync();
        var tryOut = operation.Locator("button.try-out__btn:not(.cancel)");
        await operation.Locator(".opblock-body").WaitForAsync();
        if (await tryOut.CountAsync() > 0)
            await tryOut.ClickAsync();
        foreach (var (name, value) in parameters)
            await operation.Locator($"tr[data-param-name=\"{name}\"] input").First.FillAsync(value);
        if (body is not null)
            await operation.Locator("textarea.body-param__text").FillAsync(body);
        await operation.Locator("button.execute").ClickAsync();
        var answer = operation.Locator(".live-responses-table .response").First;
        await answer.Locator(".response-col_description .highlight-code").First.WaitForAsync();
        return ((await answer.Locator(".response-col_status").InnerTextAsync()).Trim().Split('\n')[0], await answer.Locator(".highlight-code").First.InnerTextAsync());
    }
}
