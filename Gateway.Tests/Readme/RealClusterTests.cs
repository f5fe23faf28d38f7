using System.Diagnostics;
using System.Text.RegularExpressions;
using Gateway.Emulator;
using Gateway.Tests.Conformance;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.Layering;
using Gateway.Tests.Support;

namespace Gateway.Tests.Readme;

/// <summary>The README's lines for a real cluster, run as printed against every control plane of this run; only the namespace and the port are the test's.</summary>
public sealed partial class RealClusterTests(ControlPlanes planes)
{
    [Theory, ControlPlanes]
    public async Task TheLinesWorkFromTheFirstToTheLast(ControlPlaneCase on)
    {
        if (on.Kind == ControlPlaneKind.Emulated)
        {
            await RunEmulatedAsync();
            return;
        }

        await using var cluster = await planes.OpenAsync(on);
        var ns = cluster.Namespace + "-demo";
        var lines = Lines(ns);
        await RunAsync(cluster.Plane.Kubeconfig, lines[..1]);
        try
        {
            if (!cluster.Plane.Offers.HasFlag(ControlPlaneNeeds.Controllers))
                await cluster.Api.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"} }""");
            var kubelet = cluster.Plane.Offers.HasFlag(ControlPlaneNeeds.Kubelet) ? Task.CompletedTask : RunPodAsync(cluster, $"/api/v1/namespaces/{ns}/pods/greeter");
            Check(await RunAsync(cluster.Plane.Kubeconfig, lines[1..]));
            await kubelet;
        }
        finally
        {
            await cluster.Api.DeleteAsync($"/api/v1/namespaces/{ns}");
        }
    }

    // kubectl sends no credentials over plain HTTP, so this cluster asks for none; it plays scheduler and kubelet.
    private static async Task RunEmulatedAsync()
    {
        await using var cluster = await EmulatedCluster.StartAsync(
            new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        var kubeconfig = Path.GetTempFileName();
        await File.WriteAllTextAsync(kubeconfig, AdminKubeconfig.Text(cluster.Url, "").Replace("token:", "", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Check(await RunAsync(kubeconfig, Lines("registry-demo")));
        File.Delete(kubeconfig);
    }

    private static string[] Lines(string ns)
    {
        var readme = File.ReadAllText(Path.Combine(SourceTree.Root, "README.md"));
        return Block().Match(readme).Groups[1].Value.Replace("registry-demo", ns, StringComparison.Ordinal).Trim().Split('\n');
    }

    private static void Check(string printed)
    {
        printed.ShouldMatch("\"service\":\"greeting\".*\"status\":\"UP\".*\"mirrors\":");
        printed.ShouldMatch("\"instances\":\\[.*\"service\":\"greeting\"");
        printed.ShouldMatch("registry-gateway.io/[0-9a-f]{32}");
    }

    private static async Task<string> RunAsync(string kubeconfig, string[] lines)
    {
        var home = Directory.CreateTempSubdirectory("real-cluster-").FullName;
        var port = LoopbackPort.Free();
        var script = string.Join('\n', lines)
            .Replace("dotnet run --project Gateway.Api --no-launch-profile", $"dotnet {Path.Combine(AppContext.BaseDirectory, "Gateway.Api.dll")}", StringComparison.Ordinal)
            .Replace("localhost:8080", $"127.0.0.1:{port}", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("bash", ["--noprofile", "--norc", "-m", "-e", "-c", script])
        {
            WorkingDirectory = home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["KUBECONFIG"] = kubeconfig, ["HOME"] = home, ["NO_PROXY"] = "*", ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            },
        })!;
        try
        {
            var (output, error) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Limit * 3);
            shell.ExitCode.ShouldBe(0, await output + await error);
            return await output;
        }
        finally
        {
            if (!shell.HasExited)
                shell.Kill(entireProcessTree: true);
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>The kubelet, where there is none.</summary>
    private static async Task RunPodAsync(TestCluster cluster, string pod)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while ((await cluster.Api.GetAsync(pod)).Status != 200)
            await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        var status = KubeletStatus.Of("Running", [TestCluster.NextAddress()], isReady: true, ["greeter"]);
        (await cluster.Api.PatchAsync($"{pod}/status", new System.Text.Json.Nodes.JsonObject { ["status"] = status }.ToJsonString())).Expect(200);
    }

    [GeneratedRegex(@"## Point it at a real cluster.*?```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
