using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Gateway.Tests.Layering;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>The console of a gateway in a browser. It notes what no page may do: report an error, or ask another origin.</summary>
internal sealed class ConsolePage
{
    /// <summary>What a browser itself reports of an answer that is no success, or of a connection that is lost.</summary>
    public const string FailedRequest = "Failed to load resource";

    private readonly ConcurrentQueue<string> _errors = [];
    private readonly ConcurrentQueue<Uri> _requests = [];
    private readonly Uri _gateway;

    private ConsolePage(IPage page, Uri gateway)
    {
        (Page, _gateway) = (page, gateway);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                _errors.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Request += (_, request) => _requests.Enqueue(new Uri(request.Url));
    }

    public IPage Page { get; }

    public IEnumerable<Uri> Requests => _requests;

    /// <param name="chromium">Where it is opened.</param>
    /// <param name="gateway">Whose console.</param>
    /// <param name="hash">The page of it.</param>
    /// <param name="width">Of the window.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="isDark">What the system prefers.</param>
    /// <param name="script">Runs before everything else of the page.</param>
    public static async Task<ConsolePage> OpenAsync(
        Chromium chromium, Uri gateway, string hash = "", int width = 1280, int height = 900, bool isDark = false, string? script = null)
    {
        var page = new ConsolePage(await chromium.NewPageAsync(width, height, isDark), gateway);
        if (script is not null)
            await page.Page.AddInitScriptAsync(script);
        await page.GoAsync(hash);
        return page;
    }

    /// <summary>As from the address bar: the first time the whole page, then what comes after the <c>#</c>.</summary>
    public Task GoAsync(string hash) => Page.GotoAsync(new Uri(_gateway, "/console/" + hash).ToString());

    /// <summary>Waits until the page shows that text.</summary>
    public Task ShowsAsync(string text) => Page.Locator("main").GetByText(text).First.WaitForAsync();

    public Task<string> TextAsync() => Page.Locator("main").InnerTextAsync();

    /// <param name="expected">A part of the errors that this test provokes.</param>
    public void ShouldHaveDoneNoHarm(string? expected = null)
    {
        _errors.Where(error => expected is null || !error.Contains(expected, StringComparison.Ordinal)).ShouldBeEmpty();
        _requests.Where(request => request.Scheme != "data" && request.Authority != _gateway.Authority).ShouldBeEmpty();
    }

    public async Task ShouldBeAccessibleAsync(string what)
    {
        var result = await Page.RunAxe();
        result.Violations.SelectMany(static violation => violation.Nodes.Select(node => $"{violation.Id}: {node.Html}")).ShouldBeEmpty(what);
        (await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth")).ShouldBeLessThanOrEqualTo(0, $"{what} is no wider than its window");
    }

    /// <summary>Kept in <c>artifacts/</c>.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="isDocumented">With <c>WRITE_DOCUMENTS=1</c> what the window shows is also the picture of that name in the documents.</param>
    public async Task KeepPictureAsync(string name, bool isDocumented = false)
    {
        var file = await Chromium.KeepScreenshotAsync(Page, name);
        file.Length.ShouldBeGreaterThan(5_000);
        if (isDocumented && Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") == "1")
            await Page.ScreenshotAsync(new() { Path = Path.Combine(SourceTree.Root, "docs", "images", name + ".png") });
    }
}
