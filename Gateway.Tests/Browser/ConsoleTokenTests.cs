using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>Under <c>Access:Lookup=Rbac</c> the console asks for a token, sends it with calls and streams, and keeps it in memory alone.</summary>
public sealed class ConsoleTokenTests
{
    [Fact]
    public async Task ATokenIsAskedForUsedAndForgottenWithThePage()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Access:Lookup", "Rbac")]);
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await registry.RegisterAsync("greeter-1", "greeting");
        registry.Small.Create(ResourceKinds.ServiceAccounts, """{"metadata":{"name":"reader","namespace":"shop"}}""");
        var token = registry.Cluster.IssueToken("shop", "reader", audiences: ["registry-gateway"]);
        await using var chromium = await Chromium.StartAsync();
        var console = await ConsolePage.OpenAsync(chromium, registry.Http.BaseAddress!, "#/services");
        var page = console.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);

        await dialog.WaitForAsync();
        await console.ShouldBeAccessibleAsync("the dialog");
        await dialog.GetByRole(AriaRole.Textbox).FillAsync("no-token-at-all");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Use" }).ClickAsync();
        await page.WaitForFunctionAsync("() => document.getElementById('token-dialog').open && document.getElementById('token-box').value === ''");

        await dialog.GetByRole(AriaRole.Textbox).FillAsync(token);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Use" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "greeting" }).ClickAsync();
        await console.ShowsAsync("Live: changes are shown as they happen.");
        await registry.RegisterAsync("greeter-2", "greeting");
        await page.Locator("tr.changed").Filter(new() { HasText = "greeter-2" }).WaitForAsync();

        // Closed by a key, the dialog changes nothing.
        await page.GetByRole(AriaRole.Button, new() { Name = "Token set" }).ClickAsync();
        await dialog.WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Button, new() { Name = "Token set" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy as curl" }).ClickAsync();
        await console.ShowsAsync("-H \"Authorization: Bearer $TOKEN\"");
        (await console.TextAsync()).ShouldNotContain(token);

        (await page.EvaluateAsync<int>("() => localStorage.length + sessionStorage.length + document.cookie.length")).ShouldBe(0);
        await page.ReloadAsync();
        await dialog.WaitForAsync();
        console.Requests.ShouldNotContain(request => request.ToString().Contains(token, StringComparison.Ordinal), "it is in no address");
        console.ShouldHaveDoneNoHarm(ConsolePage.FailedRequest);
    }
}
