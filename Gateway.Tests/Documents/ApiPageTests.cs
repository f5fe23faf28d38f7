using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Emulator;
using Gateway.Tests.Layering;

namespace Gateway.Tests.Documents;

/// <summary>docs/api.md has a curl line for every call, and each of them works against the demo cluster as it stands there.</summary>
public sealed partial class ApiPageTests
{
    private readonly string _page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "api.md"));

    [Fact]
    public async Task EveryOperationOfTheOpenApiDocumentHasACurlLineAndTheLinesWork()
    {
        await using var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        await using var gateway = await GatewayUnderTest.StartAsync(cluster.Url);
        var calls = await RunAsync(gateway.Http.BaseAddress!);

        calls.Where(static call => call.Status >= 400).Select(static call => $"{call.Status} {call.Method} {call.Path}").ShouldBe(
            ["409 PUT /v1/registrations/ID/heartbeat", "409 POST /v1/registrations/ID/heartbeat", "422 POST /v1/registrations"], "only what the page says is refused");
        var document = JsonNode.Parse(await gateway.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken).Within())!;
        var operations =
            from path in document["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            where operation.Key is "get" or "post" or "put" or "patch" or "delete"
            select (Method: operation.Key.ToUpperInvariant(), Path: path.Key);
        operations.Where(operation => !calls.Exists(call => call.Method == operation.Method && IsOf(call.Path, operation.Path))).ShouldBeEmpty("docs/api.md shows each");
    }

    [Fact]
    public void EveryCodeOfAProblemIsInTheTable()
    {
        var rows = _page.Split('\n').Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).Select(static line => line.Split('|')[1]).ToList();
        Gateway.Api.Errors.ProblemStatus.Codes.Where(code => !rows.Exists(row => row.Contains($"`{code}`", StringComparison.Ordinal))).ShouldBeEmpty();
    }

    /// <summary>All blocks in one shell, as a reader pastes them; each call's method, path and status, in order.</summary>
    private async Task<List<(string Method, string Path, int Status)>> RunAsync(Uri gateway)
    {
        // How long streams and long polls may last is the reader's; everything else is as printed.
        var script = string.Join('\n', Block().Matches(_page).Select(static match => match.Groups[1].Value))
            .Replace("GATEWAY=http://localhost:8080", $"GATEWAY={gateway.ToString().TrimEnd('/')}", StringComparison.Ordinal)
            .Replace("timeout=60s", "timeout=1s", StringComparison.Ordinal)
            .Replace("wait=30s", "wait=1s", StringComparison.Ordinal);
        const string Told = "curl() { command curl -w '%{stderr}\\ncalled %{method} %{http_code} %{url_effective}\\n' \"$@\"; }\n";
        using var shell = Process.Start(new ProcessStartInfo("bash", ["--noprofile", "--norc", "-c", Told + script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NO_PROXY"] = "*" },
        })!;
        var printed = shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var told = await shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken).Within();
        await printed.Within();
        return [.. Call().Matches(told).Select(static call => (
            call.Groups[1].Value, HexId().Replace(new Uri(call.Groups[3].Value).AbsolutePath, "ID"),
            int.Parse(call.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)))];
    }

    private static bool IsOf(string path, string template) =>
        Regex.IsMatch(path, "^" + string.Join('/', template.Split('/').Select(static part => part.StartsWith('{') ? "[^/]+" : Regex.Escape(part))) + "$");

    [GeneratedRegex(@"```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^called (\w+) (\d+) (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Call();

    [GeneratedRegex("(?<=/)[0-9a-f]{32}")]
    private static partial Regex HexId();
}
