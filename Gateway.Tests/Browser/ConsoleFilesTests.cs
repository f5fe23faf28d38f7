using System.Net;
using System.Text.RegularExpressions;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Browser;

/// <summary>How the files of the console are served, and what is in them.</summary>
public sealed partial class ConsoleFilesTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "Gateway.Api", "Console", "Files");

    private static readonly Dictionary<string, string> Types = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
    };

    [Fact]
    public async Task EveryFileIsServedWithItsTypeItsTagAndTheStrictestPolicy()
    {
        await using var registry = await TestRegistry.StartAsync();
        foreach (var file in Directory.GetFiles(Folder))
        {
            var path = "/console/" + Path.GetFileName(file);
            using var answer = await registry.Http.CallAsync("GET", path);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBe(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), path);
            answer.Content.Headers.ContentType!.ToString().ShouldBe(Types[Path.GetExtension(file)], path);
            ShouldBeProtected(answer);

            var tag = answer.Headers.ETag!;
            tag.IsWeak.ShouldBeFalse(path);
            using var same = await registry.Http.CallAsync("GET", path, headers: ("If-None-Match", tag.ToString()));
            same.StatusCode.ShouldBe(HttpStatusCode.NotModified, path);
            using var other = await registry.Http.CallAsync("GET", path, headers: ("If-None-Match", "\"other\""));
            other.StatusCode.ShouldBe(HttpStatusCode.OK, path);

            using var head = await registry.Http.CallAsync("HEAD", path);
            head.Headers.ETag.ShouldBe(tag, path);
            head.Content.Headers.ContentLength.ShouldBe(new FileInfo(file).Length, path);
        }

        using var page = await registry.Http.CallAsync("GET", "/console/");
        page.Content.Headers.ContentType!.ToString().ShouldBe(Types[".html"]);
        ShouldBeProtected(page);
        using var settings = await registry.Http.CallAsync("GET", "/console/settings.json");
        ShouldBeProtected(settings);
    }

    [Fact]
    public async Task ThePageIsFoundFromTheRootAndIsForReadingAlone()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = registry.Http.BaseAddress };
        foreach (var path in new[] { "/", "/console" })
        {
            using var answer = await http.CallAsync("GET", path);
            answer.StatusCode.ShouldBe(HttpStatusCode.Found, path);
            new Uri(new Uri(http.BaseAddress!, path), answer.Headers.Location!).AbsolutePath.ShouldBe("/console/", path);
        }

        using var written = await http.CallAsync("POST", "/console/");
        written.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        written.Content.Headers.Allow.ShouldBe(["GET", "HEAD"]);
        foreach (var path in new[] { "/console/none.js", "/console/Files/main.js", "/console/..%2fdocs%2fapi.md", "/console/main.js/main.js" })
        {
            using var unknown = await http.CallAsync("GET", path);
            unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }
    }

    [Fact]
    public async Task SwitchedOffThereIsNoConsoleAndTheRootLeadsToSwaggerUi()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Console:Enabled", "false")]);
        foreach (var path in new[] { "/console", "/console/", "/console/index.html", "/console/settings.json" })
        {
            using var answer = await registry.Http.CallAsync("GET", path);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        using var root = await registry.Http.CallAsync("GET", "/");
        root.RequestMessage!.RequestUri!.AbsolutePath.ShouldStartWith("/swagger");
        root.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Production", false)]
    public async Task ActingIsOfferedOnlyWhereEveryoneMay(string environment, bool mayAct)
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, environment: environment);

        ((bool?)(await gateway.Http.GetJsonAsync("/console/settings.json"))["mayAct"]).ShouldBe(mayAct);
    }

    [Fact]
    public void TheWholeConsoleWeighsLessThan150KilobytesAndHasNothingInline()
    {
        Directory.GetFiles(Folder).Sum(static file => new FileInfo(file).Length).ShouldBeLessThan(150 * 1024);
        var page = File.ReadAllText(Path.Combine(Folder, "index.html"));
        Inline().Matches(page).Select(static match => match.Value).ShouldBeEmpty();
        foreach (var script in Directory.GetFiles(Folder, "*.js").Select(File.ReadAllText))
            Markup().Matches(script).Select(static match => match.Value).ShouldBeEmpty("what callers registered is never read as markup");
    }

    [Fact]
    public void EveryMetricOfTheOverviewIsOneOfTheGateway()
    {
        var described = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "operations.md"));
        var names = Metric().Matches(File.ReadAllText(Path.Combine(Folder, "overview.js"))).Select(static match => match.Groups[1].Value).Distinct().ToList();

        names.Count.ShouldBeGreaterThan(8);
        names.Where(name => !described.Contains($"| `{name}` |", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void EveryPictureInTheDocumentsIsThereAndSmall()
    {
        var documents = Directory.GetFiles(Path.Combine(SourceTree.Root, "docs"), "*.md").Append(Path.Combine(SourceTree.Root, "README.md"));
        var shown = documents.SelectMany(static file => Picture().Matches(File.ReadAllText(file)).Select(match => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, match.Groups[1].Value))));

        shown.Distinct().Order(StringComparer.Ordinal).ShouldBe(Directory.GetFiles(Path.Combine(SourceTree.Root, "docs", "images")).Order(StringComparer.Ordinal));
        shown.Where(static file => new FileInfo(file).Length > 120 * 1024).ShouldBeEmpty();
    }

    private static void ShouldBeProtected(HttpResponseMessage answer)
    {
        answer.Headers.CacheControl!.ToString().ShouldBe("no-cache");
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldBe(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
    }

    [GeneratedRegex(@"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?:", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    [GeneratedRegex(@"innerHTML\s*=(?!=)|outerHTML\s*=(?!=)|insertAdjacentHTML|document\.write|\beval\(|new Function|(?:local|session)Storage|document\.cookie")]
    private static partial Regex Markup();

    [GeneratedRegex(@"""(registry_gateway_\w+)""")]
    private static partial Regex Metric();

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)]+\.png)\)")]
    private static partial Regex Picture();
}
