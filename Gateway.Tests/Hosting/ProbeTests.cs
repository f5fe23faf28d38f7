using System.Net;
using System.Net.Sockets;
using Gateway.Emulator;

namespace Gateway.Tests.Hosting;

/// <summary><c>--probe URL</c>, the health check of images without a shell: each program has its own.</summary>
public sealed class ProbeTests
{
    // A probe asks its own container: a proxy that the environment names has no part in it.
    private static readonly (string, string)[] Proxied = [("HTTP_PROXY", "http://127.0.0.1:9"), ("http_proxy", "http://127.0.0.1:9"), ("NO_PROXY", ""), ("no_proxy", "")];

    [Theory]
    [InlineData("Gateway.Api")]
    [InlineData("Gateway.Emulator")]
    public async Task ProbeExitsWith0OnlyOnAnAnswerOf2xx(string program)
    {
        await using var cluster = await EmulatedCluster.StartAsync(
            new EmulatorOptions { Url = "http://127.0.0.1:0", Demo = false, Player = false, Controllers = false }, cancellationToken: TestContext.Current.CancellationToken);
        var missing = new Uri(cluster.Url, "/api/v1/namespaces/shop/pods/nobody");
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var nobody = new Uri($"http://{closed.LocalEndpoint}/readyz");
        closed.Stop();

        (await ProbeAsync(program, new Uri(cluster.Url, "/readyz").ToString())).ShouldBe(new ProgramRun(0, "", ""));
        (await ProbeAsync(program, missing.ToString())).ShouldBe(new ProgramRun(1, "", $"{missing} answered 404\n"));
        var unanswered = await ProbeAsync(program, nobody.ToString());
        unanswered.ExitCode.ShouldBe(1);
        unanswered.Error.ShouldStartWith($"{nobody} did not answer: ");
        (await ProbeAsync(program)).ShouldBe(new ProgramRun(2, "", $"usage: {program} --probe URL\n"));
        (await ProbeAsync(program, "readyz")).ShouldBe(new ProgramRun(2, "", $"usage: {program} --probe URL\n"));
    }

    private static Task<ProgramRun> ProbeAsync(string program, params string[] url) => ProgramRun.OfAsync([program + ".dll", "--probe", .. url], Proxied);
}
