using System.Net;
using System.Net.Sockets;
using Gateway.Api.Hosting;
using Gateway.Tests.Conformance.Planes;
using Microsoft.AspNetCore.Hosting;

namespace Gateway.Tests.Hosting;

/// <summary>Where a gateway listens by default, and what it says where it cannot.</summary>
public sealed class ListeningTests
{
    [Theory]
    [InlineData("Production", "Kubeconfig", "http://localhost:8080")]
    [InlineData("Development", "Emulated", "http://localhost:8080")]
    [InlineData("Production", "Emulated", "http://+:8080")]
    public void OnAMachineOfAPersonItIsLoopback(string environment, string mode, string url)
    {
        using var folder = new TemporaryKubeconfig();
        var app = GatewayApplication.Build(
            ["--environment", environment, "--Kubernetes:Mode", mode, "--Kubernetes:Kubeconfig", folder.Path, "--Emulator:Start", "false", "--Emulator:AllowOutsideDevelopment", "true"]);

        app.Configuration[WebHostDefaults.ServerUrlsKey].ShouldBe(url);
    }

    [Theory]
    [InlineData("Emulator__Url")]
    [InlineData("ASPNETCORE_URLS")]
    public async Task APortInUseIsOneSentenceAndExitCodeTwo(string setting)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        var run = await ProgramRun.OfAsync(["Gateway.Api.dll"],
        [
            ("ASPNETCORE_ENVIRONMENT", "Development"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("Emulator__Url", $"http://127.0.0.1:{LoopbackPort.Free()}"), (setting, url),
        ]);

        run.ExitCode.ShouldBe(2, run.Error);
        var line = run.Error.Trim().Split('\n').ShouldHaveSingleItem();
        line.ShouldStartWith($"Failed to bind to address {url}: address already in use. Stop the other process, or set {setting} to another address");
        (run.Output + run.Error).ShouldNotContain("   at ");
    }

    private sealed class TemporaryKubeconfig : IDisposable
    {
        public TemporaryKubeconfig() => File.WriteAllText(Path, AdminKubeconfig.Text(new Uri("http://127.0.0.1:1"), "token"));

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
