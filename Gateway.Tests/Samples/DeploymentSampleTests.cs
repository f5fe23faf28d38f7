using System.Net;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Samples;

/// <summary>The scripts of the sample Deployments register and drain a legacy container by its projected token.</summary>
public sealed class DeploymentSampleTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sample-");

    private string TokenFile => Path.Combine(_folder.FullName, "token");

    [Fact]
    public async Task PostStartRegistersAsSoonAsTheTokenCountsAndPreStopDrains()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, environment: "Production");
        RunBilling(registry);

        // A token for another audience at first: the hook shows the reason, goes on, and reads the file again for every call.
        await File.WriteAllTextAsync(TokenFile, registry.Cluster.IssueToken("shop", "default", "billing-1", ["somebody-else"]), TestContext.Current.CancellationToken);
        using (var postStart = SampleScript.Start("poststart.yaml", ["containers", 0, "lifecycle", "postStart", "exec", "command"], gateway.Http.BaseAddress!, TokenFile))
        {
            (await postStart.WaitAsync()).ShouldBe(0, "the hook ends at once: what it began goes on in the background");
            await LogsAsync(postStart, "\"unauthenticated\"", "next try in 2 s");
            await File.WriteAllTextAsync(TokenFile, registry.Cluster.IssueToken("shop", "default", "billing-1", ["registry-gateway"]), TestContext.Current.CancellationToken);
            (await gateway.Http.LookUpUntilAsync("shop", "billing", static all => all.Count == 1))[0].Status().ShouldBe("UP");
        }

        await using var watch = await EndToEnd.StreamReader.OpenAsync(gateway.Http, "/v1/namespaces/shop/services/billing/watch");
        (await watch.NextAsync()).Name.ShouldBe("snapshot");
        using var preStop = SampleScript.Start("poststart.yaml", ["containers", 0, "lifecycle", "preStop", "exec", "command"], gateway.Http.BaseAddress!, TokenFile);
        (await watch.NextAsync()).Name.ShouldBe("removed");
        (await preStop.WaitAsync()).ShouldBe(0);
        (await gateway.Http.LookUpAsync("shop", "billing", "?status=any"))[0].Status().ShouldBe("OUT_OF_SERVICE");
    }

    [Theory]
    [InlineData("poststart.yaml", "next try in 60 s", "containers", 0, "lifecycle", "postStart", "exec", "command")]
    [InlineData("sidecar.yaml", "not registered", "initContainers", 0, "command")]
    public async Task ARefusalThatOnlyAChangeMendsIsShownWithItsReason(string manifest, string words, params object[] path)
    {
        await using var registry = await TestRegistry.StartAsync();
        RunBilling(registry);
        registry.Small.Create(ResourceKinds.Services, """{"metadata":{"name":"billing","namespace":"shop"},"spec":{"selector":{"app":"another"},"ports":[{"port":80}]} }""");
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, environment: "Production");
        await File.WriteAllTextAsync(TokenFile, registry.Cluster.IssueToken("shop", "default", "billing-1", ["registry-gateway"]), TestContext.Current.CancellationToken);

        using var script = SampleScript.Start(manifest, path, gateway.Http.BaseAddress!, TokenFile);

        await LogsAsync(script, "\"name-reserved\"", words);
    }

    [Fact]
    public async Task TheSidecarRegistersForThePodAndEndsWhenItIsTold()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, environment: "Production");
        RunBilling(registry);
        await File.WriteAllTextAsync(TokenFile, registry.Cluster.IssueToken("shop", "default", "billing-1", ["registry-gateway"]), TestContext.Current.CancellationToken);

        using var sidecar = SampleScript.Start("sidecar.yaml", ["initContainers", 0, "command"], gateway.Http.BaseAddress!, TokenFile);
        (await gateway.Http.LookUpUntilAsync("shop", "billing", static all => all.Count == 1))[0].Status().ShouldBe("UP");

        sidecar.Terminate();
        (await sidecar.WaitAsync()).ShouldBe(0);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task LogsAsync(SampleScript script, params string[] words)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit * 2);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!words.All(word => script.Log.Contains(word, StringComparison.Ordinal)))
        {
            if (deadline.IsCancellationRequested)
                throw new InvalidOperationException($"'{string.Join("', '", words)}' was not logged, but: {script.Log}");
            await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private static void RunBilling(TestRegistry registry)
    {
        registry.Small.Create(ResourceKinds.Pods, """
            {"metadata":{"name":"billing-1","namespace":"shop"},"spec":{"containers":[{"name":"billing","image":"example/billing:1.0"}]} }
            """);
        registry.Cluster.Player.Run("shop", "billing-1", "node-1", IPAddress.Parse("10.0.0.1"));
    }
}
