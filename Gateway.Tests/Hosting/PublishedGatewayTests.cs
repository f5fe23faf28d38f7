using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Hosting;

/// <summary>The image holds no emulated cluster: it refuses to start one, and follows one that runs elsewhere.</summary>
public sealed partial class PublishedGatewayTests(PublishedGateway published) : IClassFixture<PublishedGateway>
{
    [Fact]
    public void NothingOfTheEmulatorIsPublished()
    {
        published.Files.ShouldContain("Gateway.Api.dll");
        published.Files.ShouldContain("Gateway.Core.dll");
        published.Files.ShouldContain("appsettings.json");
        published.Files.ShouldNotContain(static file => file.Contains("Emulator", StringComparison.OrdinalIgnoreCase));
        published.Read("Gateway.Api.deps.json").ShouldNotContain("Emulator", Case.Insensitive);
    }

    [Theory]
    [InlineData("Development", "--Kubernetes:Mode=Emulated", "--Emulator:Start=true")]
    [InlineData("Production", "--Kubernetes:Mode=Emulated", "--Emulator:Start=true", "--Emulator:AllowOutsideDevelopment=true")]
    [InlineData("Development")]
    public async Task StartingTheEmulatedClusterIsRefusedWithOneSentence(string environment, params string[] settings)
    {
        var run = await ProgramRun.OfAsync([published.Program, .. settings], [("ASPNETCORE_ENVIRONMENT", environment), ("ASPNETCORE_URLS", "http://127.0.0.1:0")]);

        run.Error.ShouldBe("""
            The configuration has 1 fault(s):
              Emulator:Start is true, but this build does not contain the emulated cluster. Run it as a separate program (Gateway.Emulator, image stage 'emulator'), set Emulator:Url to its address and Emulator:Start to false.

            """);
        run.Output.ShouldBeEmpty();
        run.ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task AnEmulatedClusterThatRunsElsewhereIsFollowed()
    {
        await using var emulator = GatewayProcess.StartProgram("Gateway.Emulator.dll", ("Emulator__Url", "http://127.0.0.1:0"));
        var cluster = Address().Match((await emulator.ReadUntilAsync("The emulated Kubernetes API listens at"))[^1]).Value;

        await using var gateway = GatewayProcess.StartProgram(published.Program,
            ("ASPNETCORE_ENVIRONMENT", "Development"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("Kubernetes__Mode", "Emulated"),
            ("Emulator__Start", "false"), ("Emulator__Url", cluster));
        var lines = (await gateway.ReadUntilAsync("[1500]")).ToList();
        if (!lines.Exists(static line => Address().IsMatch(line)))
            lines.AddRange(await gateway.ReadUntilAsync("Now listening on"));
        using var http = new HttpClient { BaseAddress = new Uri(lines.Select(static line => Address().Match(line)).First(static match => match.Success).Value) };

        using var ready = await http.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken).Within();
        ready.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetStringAsync(new Uri("/v1/namespaces/shop/services/orders/instances", UriKind.Relative), TestContext.Current.CancellationToken).Within())
            .ShouldContain("\"status\":\"UP\"");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*")]
    private static partial Regex Address();
}
