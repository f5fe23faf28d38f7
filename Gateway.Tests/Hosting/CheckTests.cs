using Gateway.Api.Commands;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Hosting;

/// <summary><c>Gateway.Api check</c> lists what the rule of names hides, before a gateway that has the rule is started.</summary>
public sealed class CheckTests
{
    [Fact]
    public async Task EveryHiddenRecordIsListedWithItsServiceAndItsPod()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("payments-1", "10.0.0.1", labels: """{"app":"payments"}""");
        registry.Pod("thief-1", "10.0.0.2");
        registry.Pod("orders-1", "10.0.0.3");
        await registry.RegisterAsync("payments-1", "payments");
        await registry.RegisterAsync("thief-1", "payments");
        await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-1", service = "greeting", port = 8080, metadata = new { application = "payments" } });
        (await RunAsync(registry)).ShouldBe((0, "3 pods checked, 0 records hidden\n"));

        registry.Small.Service(name: "payments");
        var (code, output) = await RunAsync(registry);
        code.ShouldBe(1);
        var lines = output.Split('\n');
        lines.Length.ShouldBe(5);
        lines[0].ShouldBe("Service shop/payments does not select the pods of 2 records that name it:");
        lines[1].ShouldMatch("^  pod shop/orders-1, annotation registry-gateway.io/[0-9a-f]{32}: stays listed as greeting, without its application$");
        lines[2].ShouldMatch("^  pod shop/thief-1, annotation registry-gateway.io/[0-9a-f]{32}: not listed$");
        lines[3].ShouldBe("3 pods checked, 2 records hidden");
    }

    [Fact]
    public async Task AnInterfaceOfAServiceThatItsPodsMayNotProvideIsListedWithTheService()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1", labels: """{"app":"greeter"}""");
        registry.Service("greeter", "com.example.Greeting,payments");
        (await RunAsync(registry)).ShouldBe((0, "1 pods checked, 0 records hidden\n"));

        registry.Small.Service(name: "payments");
        (await RunAsync(registry)).ShouldBe((1, """
            Service shop/payments does not select the pods of 1 records that name it:
              pod shop/greeter-1, interface of Service greeter: not listed
            1 pods checked, 1 records hidden

            """));
    }

    [Fact]
    public async Task WhereServicesReserveNoNamesNothingIsHidden()
    {
        await using var registry = await TestRegistry.StartAsync();
        (await RunAsync(registry, "Open")).ShouldBe((0, "nothing is hidden: Services reserve no names (Access:Register is Open), and all formats are read\n"));
    }

    [Fact]
    public async Task RecordsOfFormatsThatAreNotReadAreListedWithTheirPods()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        registry.Small.Create(ResourceKinds.Pods, """
            {"metadata":{"name":"declaring-1","namespace":"shop","annotations":{"registry-gateway.io/declare":"[{\"service\":\"a\",\"port\":1},{\"service\":\"b\",\"port\":2}]"} },
             "spec":{"containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        (await RunAsync(registry)).ShouldBe((0, "2 pods checked, 0 records hidden\n"));
        const string Hidden = """
            Format declared is not read (Registry:Formats), which hides 2 records:
              pod shop/declaring-1: 2 not listed
            2 pods checked, 2 records hidden

            """;
        (await RunAsync(registry, format: "generic")).ShouldBe((1, Hidden));
        (await RunAsync(registry, "Rbac")).ShouldBe((1, Hidden), "the default there");
        (await RunAsync(registry, "Rbac", "declared")).ShouldBe((0, "2 pods checked, 0 records hidden\n"));
    }

    private static async Task<(int Code, string Output)> RunAsync(TestRegistry registry, string register = "Namespace", string? format = null)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        var code = await CheckCommand.RunAsync(["check"], output, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Kubernetes:Mode"] = "Emulated",
                ["Emulator:AllowOutsideDevelopment"] = "true",
                ["Emulator:Url"] = registry.Cluster.Url.ToString(),
                ["Access:Register"] = register,
            });
            if (format is not null)
                builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Registry:Formats:0", (string?)format)]);
        }, TestContext.Current.CancellationToken).Within();
        return (code, output.ToString());
    }
}
