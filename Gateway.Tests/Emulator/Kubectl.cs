using System.Diagnostics;

namespace Gateway.Tests.Emulator;

/// <summary>The real kubectl against one API server, with a home, configuration and cache of its own that go with it.</summary>
internal sealed class Kubectl : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _home = Directory.CreateTempSubdirectory("kubectl-").FullName;
    private readonly string _program;
    private int _manifests;

    /// <summary>Where kubectl is missing the test is skipped; in continuous integration (<c>CI=true</c>) that is a failure.</summary>
    public Kubectl(Uri server)
    {
        _program = Find() ?? "";
        var isRequired = Environment.GetEnvironmentVariable("CI") == "true";
        Assert.SkipWhen(_program.Length == 0 && !isRequired, "kubectl is not on the PATH.");
        _program.ShouldNotBeEmpty("kubectl is not on the PATH.");
        File.WriteAllText(Path.Combine(_home, "config"), $$"""
            apiVersion: v1
            kind: Config
            current-context: emulated
            clusters: [{name: emulated, cluster: {server: "{{server}}"} }]
            users: [{name: nobody, user: {} }]
            contexts: [{name: emulated, context: {cluster: emulated, user: nobody, namespace: shop} }]
            """);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    /// <summary>What a call prints; a call that fails fails the test.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var (code, output, error) = await CallAsync(arguments);
        code.ShouldBe(0, $"kubectl {string.Join(' ', arguments)}: {error}");
        return output;
    }

    /// <summary>What a call that must be refused says about it.</summary>
    public async Task<string> RefusedAsync(params string[] arguments)
    {
        var (code, output, error) = await CallAsync(arguments);
        code.ShouldNotBe(0, $"kubectl {string.Join(' ', arguments)}: {output}");
        return error;
    }

    /// <summary>Stores a manifest in a file and gives its path.</summary>
    public string Manifest(string yaml)
    {
        var path = Path.Combine(_home, $"manifest-{++_manifests}.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }

    /// <summary>Begins a call that goes on printing.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(_program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _home };
        start.Environment["HOME"] = _home;
        start.Environment["KUBECONFIG"] = Path.Combine(_home, "config");
        start.Environment["KUBECACHEDIR"] = Path.Combine(_home, "cache");
        // The server is on loopback: no proxy of the machine's may come between.
        start.Environment["NO_PROXY"] = "*";
        return Process.Start(start)!;
    }

    /// <summary>Reads lines until one is as wanted.</summary>
    public static async Task<string> LineAsync(Process process, Func<string, bool> isWanted)
    {
        using var deadline = Deadline();
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (isWanted(line))
            {
                return line;
            }
        }

        throw new InvalidOperationException("kubectl ended: " + await process.StandardError.ReadToEndAsync(deadline.Token));
    }

    private async Task<(int Code, string Output, string Error)> CallAsync(string[] arguments)
    {
        using var deadline = Deadline();
        using var process = Start(arguments);
        try
        {
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static CancellationTokenSource Deadline()
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        return deadline;
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(static folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "kubectl.exe" : "kubectl"))
            .FirstOrDefault(File.Exists);
}
