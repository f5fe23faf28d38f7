using System.Net.Http.Json;
using Gateway.Core.Diagnostics;
using Gateway.Tests.Conformance.Planes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Hosting;

/// <summary>What a person reads who starts the program, rightly or not.</summary>
public sealed class StartUpTests
{
    public static TheoryData<string, string, string> Mistakes() => new()
    {
        { "ASPNETCORE_URLS", "8080", "ASPNETCORE_URLS: '8080' is no address to listen at; one looks like http://+:8080." },
        { "ASPNETCORE_URLS", "http://127.0.0.1:80800", "ASPNETCORE_URLS: 'http://127.0.0.1:80800' is no address to listen at; one looks like http://+:8080." },
        { "ASPNETCORE_URLS", "ftp://127.0.0.1:0", "ASPNETCORE_URLS: 'ftp://127.0.0.1:0' is no address to listen at; one looks like http://+:8080." },
        { "ASPNETCORE_URLS", "http://127.0.0.1:0/registry", "ASPNETCORE_URLS: 'http://127.0.0.1:0/registry' must not have a path." },
        { "ASPNETCORE_URLS", "https://127.0.0.1:0", "ASPNETCORE_URLS: 'https://127.0.0.1:0' needs a certificate: Kestrel__Certificates__Default__Path and Kestrel__Certificates__Default__KeyPath." },
        { "SettingsFile", "/no/such/folder/settings.json", "SettingsFile: the folder /no/such/folder does not exist." },
        { "Leases__Enabled", "maybe", "Leases: Failed to convert configuration value 'maybe' at 'Leases:Enabled' to type 'System.Boolean'." },
        { "Registry__Formats__0", "nacos", "Registry:Formats names 'nacos', which is not one of gateway, declared, dubbo-java, dubbo-go, generic, endpoints." },
        { "Access__Lookup", "Everyone", "Access: Failed to convert configuration value 'Everyone' at 'Access:Lookup' to type 'Gateway.Core.Identity.LookupAccess'." },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task AFaultOfTheConfigurationIsOneLineAndExitCodeTwo(string setting, string value, string line)
    {
        var run = await ProgramRun.OfAsync(["Gateway.Api.dll"],
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("Kubernetes__Mode", "Emulated"),
            ("Emulator__AllowOutsideDevelopment", "true"), ("Emulator__Start", "false"), (setting, value),
        ]);

        run.ExitCode.ShouldBe(2, run.Error);
        run.Error.Trim().Split('\n')[1..].ShouldBe(["  " + line]);
        run.Output.ShouldBeEmpty();
    }

    public static TheoryData<string[], string> Unreachable() => new()
    {
        { [], "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this process does not run in a pod. Outside a cluster set Kubernetes__Mode=Kubeconfig, or ASPNETCORE_ENVIRONMENT=Development for an emulated cluster." },
        { ["--Kubernetes:Mode=Kubeconfig"], "No kubeconfig found: /no/such/config. KUBECONFIG or Kubernetes__Kubeconfig names another file." },
        { ["check", "--Kubernetes:Mode=Kubeconfig"], "No kubeconfig found: /no/such/config. KUBECONFIG or Kubernetes__Kubeconfig names another file." },
        { ["cleanup", "--Kubernetes:Mode=Kubeconfig"], "No kubeconfig found: /no/such/config. KUBECONFIG or Kubernetes__Kubeconfig names another file." },
    };

    [Theory]
    [MemberData(nameof(Unreachable))]
    public async Task AClusterThatIsNotConfiguredIsOneLineAndExitCodeTwo(string[] arguments, string line)
    {
        var run = await ProgramRun.OfAsync(["Gateway.Api.dll", .. arguments],
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("KUBERNETES_SERVICE_HOST", ""),
            ("KUBECONFIG", "/no/such/config"),
        ]);

        run.ShouldBe(new ProgramRun(2, "", line + "\n"));
    }

    [Theory]
    [InlineData("claenup", "Unknown command 'claenup'. --help lists the commands and the first settings.")]
    [InlineData("--hlep", "Unknown option '--hlep': a setting needs a value, --Section:Key=value. --help lists the commands and the first settings.")]
    [InlineData("cleanup now", "Unknown command 'now'. --help lists the commands and the first settings.")]
    [InlineData("check --Kubernetes:Mode Kubeconfig --dry-run", "Unknown option '--dry-run': a setting needs a value, --Section:Key=value. --help lists the commands and the first settings.")]
    public async Task AnUnknownArgumentStartsNothing(string arguments, string line)
    {
        var run = await ProgramRun.OfAsync(["Gateway.Api.dll", .. arguments.Split(' ')]);

        run.ShouldBe(new ProgramRun(2, "", line + "\n"));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("cleanup")]
    public async Task HelpBehindACommandRunsNothing(string command)
    {
        var run = await ProgramRun.OfAsync(["Gateway.Api.dll", command, "--help"]);

        (run.ExitCode, run.Error).ShouldBe((0, ""));
        run.Output.ShouldContain($"Gateway.Api {command} ");
    }

    [Fact]
    public async Task HelpAndVersionStartNothing()
    {
        var version = await ProgramRun.OfAsync(["Gateway.Api.dll", "--version"]);
        var help = await ProgramRun.OfAsync(["Gateway.Api.dll", "--help"]);

        version.ShouldBe(new ProgramRun(0, BuildVersion.Text + "\n", ""));
        BuildVersion.Text.ShouldMatch(@"^\d+\.\d+\.\d+");
        (help.ExitCode, help.Error).ShouldBe((0, ""));
        foreach (var word in new[] { "check", "cleanup", "--probe", "Kubernetes__Mode", "ASPNETCORE_URLS", "exit codes" })
            help.Output.ShouldContain(word);
    }

    [Fact]
    public async Task AMisspeltSettingIsNamedWithTheOneThatWasMeant()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = GatewayProcess.Start("Production", registry.Cluster.Url,
            ("Identity__SourceAdress", "true"), ("Limits__Colour", "red"), ("Emulator__Demo", "false"), ("Kubernetes__Namespaces__0", "shop"));

        var line = (await gateway.ReadUntilAsync("\"EventId\":1916"))[^1];

        line.ShouldContain("Ignored settings that do not exist: Identity__SourceAdress (Identity__SourceAddress?), Limits__Colour\"");
    }

    [Theory]
    [InlineData("Development", "Emulated")]
    [InlineData("Production", "Kubeconfig")]
    public async Task OnADevelopersMachineTheConsoleIsForPeople(string environment, string mode)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        var kubeconfig = Path.GetTempFileName();
        await File.WriteAllTextAsync(kubeconfig, AdminKubeconfig.Text(registry.Cluster.Url, "").Replace("token:", "", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await using var gateway = GatewayProcess.Start(environment, registry.Cluster.Url, ("Kubernetes__Mode", mode), ("Kubernetes__Kubeconfig", kubeconfig));

        var lines = (await gateway.ReadUntilAsync("Open http://127.0.0.1:", "/console")).ToList();
        if (!lines.Exists(static line => line.Contains("[1500]", StringComparison.Ordinal)))
            lines.AddRange(await gateway.ReadUntilAsync("[1500]"));
        var url = lines.Find(static line => line.Contains("Open ", StringComparison.Ordinal))!.Split("Open ")[1].Replace("/console", "", StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/registrations") { Content = JsonContent.Create(new { service = "greeting", port = 8080 }) };
        request.Headers.Authorization = new("Bearer", registry.Cluster.IssueToken("shop", "default", "greeter-1", ["registry-gateway"]));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        answer.EnsureSuccessStatusCode();
        lines.AddRange(await gateway.ReadUntilAsync("[1605]"));

        lines.ShouldAllBe(static line => char.IsAsciiDigit(line[0]));
        lines.ShouldContain(static line => line.Contains(" pods of all namespaces ", StringComparison.Ordinal));
        lines[^1].ShouldMatch(" register [0-9a-f]{32} of pod shop/greeter-1 by pod shop/greeter-1 ");
        File.Delete(kubeconfig);
    }
}
