using Gateway.Tests.Layering;
using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>The machine's own Chromium, driven by Playwright; nothing is downloaded. Screenshots are kept in <c>artifacts/</c>.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Executable = "/usr/bin/chromium";

    // A browser starts and draws slowly on a machine that does other things.
    private static readonly float Limit = (float)Patience.Limit.TotalMilliseconds * 2;

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<Chromium> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Executable,
            Args =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
            Timeout = Limit,
        });
        return new(playwright, browser);
    }

    public async Task<IPage> NewPageAsync(int width = 1280, int height = 1600, bool isDark = false)
    {
        // A context of its own: the checks of accessibility open a second page beside the one they check.
        var context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
        });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Limit);
        return page;
    }

    public static async Task<FileInfo> KeepScreenshotAsync(IPage page, string name)
    {
        var file = new FileInfo(Path.Combine(SourceTree.Root, "artifacts", name + ".png"));
        file.Directory!.Create();
        await page.ScreenshotAsync(new() { Path = file.FullName, FullPage = true });
        file.Refresh();
        return file;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
