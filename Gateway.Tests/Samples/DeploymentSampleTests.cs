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

        // A token for somebody else at first: the hook goes on, and reads the file again for every call.
        await File.WriteAllTextAsync(TokenFile, registry.Cluster.IssueToken("shop", "default", "billing-1", ["somebody-else"]), TestContext.Current.CancellationToken);
        using (var postStart = SampleScript.Start("poststart.yaml", ["containers", 0, "lifecycle", "postStart", "exec", "command"], gateway.Http.BaseAddress!, TokenFile))
        {
            (await postStart.WaitAsync()).ShouldBe(0, "the hook ends at once: what it began goes on in the background");
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

    private static void RunBilling(TestRegistry registry)
    {
        registry.Small.Create(ResourceKinds.Pods, """
            {"metadata":{"name":"billing-1","namespace":"shop"},"spec":{"containers":[{"name":"billing","image":"example/billing:1.0"}]} }
            """);
        registry.Cluster.Player.Run("shop", "billing-1", "node-1", IPAddress.Parse("10.0.0.1"));
    }
}
