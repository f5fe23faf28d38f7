using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Facades.Dubbo;

namespace Gateway.Tests.Interop;

/// <summary>
/// Every way in by every way out: whoever registers a provider, in whatever system, is found by the gateway's callers and by those SDKs whose
/// own reader can find it. Readers and writers here are written from the formats' description and share nothing with the product.
/// </summary>
public sealed class MatrixTests
{
    private const string Rest = "gateway REST";
    private const string Go14 = "dubbo-go 1.4";
    private const string Go15 = "dubbo-go 1.5";
    private const string Generic = "generic";
    private const string Java = "dubbo-java";
    private const string Endpoints = "Endpoints only";
    private const string Address = "10.244.1.7";

    private static readonly SdkService _service = new("greeter", "com.example.GreetingService", "g1", "1.0.0", "dubbo", 20880);

    private static readonly string[] _waysIn = [Rest, Go14, Go15, Generic, Java, Endpoints];

    /// <summary>
    /// Who finds it: by way in, the readers that do. A dubbo-go pod bears one generation's label; generic and Endpoints-only providers write
    /// nothing that another SDK reads; an SDK's own pod is never written to on behalf of another SDK.
    /// </summary>
    private static readonly Dictionary<string, string[]> _finders = new()
    {
        [Rest] = [Go14, Go15, Generic, Java, Endpoints],
        [Go14] = [Go14, Endpoints],
        [Go15] = [Go15, Endpoints],
        [Generic] = [Generic, Endpoints],
        [Java] = [Java, Endpoints],
        [Endpoints] = [Endpoints],
    };

    public static TheoryData<string> WaysIn => [.. _waysIn];

    public static TheoryData<string, string> RawCells
    {
        get
        {
            var cells = new TheoryData<string, string>();
            foreach (var way in _waysIn)
            {
                foreach (var reader in _waysIn.Where(static reader => reader != Rest))
                    cells.Add(way, reader);
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(WaysIn))]
    public async Task TheGatewayFindsIt(string wayIn)
    {
        await using var registry = await RegisteredAsync(wayIn, Generic);

        // Dubbo Java and Endpoints name no interface: there the service is the Kubernetes Service.
        var byInterface = wayIn is not (Java or Endpoints);
        var source = wayIn switch { Rest => "gateway", Go14 or Go15 => "dubbo-go", Generic => "generic", Java => "dubbo-java", _ => "endpoints" };
        var instances = await registry.Http.LookUpUntilAsync(
            "shop", byInterface ? _service.Interface : _service.Application, found => found.Any(one => (string)one["source"]! == source && one.Status() == "UP"));
        var instance = instances.ShouldHaveSingleItem();
        ((string)instance["address"]!).ShouldBe(Address);
        ((int)instance["port"]!).ShouldBe(_service.Port);
        ((string)instance["pod"]!["name"]!).ShouldBe("greeter-1");
        ((string)instance["protocol"]!).ShouldBe(wayIn == Endpoints ? "tcp" : "dubbo");
        if (byInterface)
            ((string)instance["group"]!, (string)instance["version"]!).ShouldBe(("g1", "1.0.0"));
        if (wayIn is Rest or Go14 or Go15)
            ((string)instance["metadata"]!["methods"]!).ShouldBe("SayHello,Bye");
    }

    [Theory]
    [MemberData(nameof(RawCells))]
    public async Task AnSdkFindsItInThePod(string wayIn, string reader)
    {
        await using var registry = await RegisteredAsync(wayIn, reader);
        using var api = new SdkApi(registry.Cluster.Url);
        var found = await Reader(reader, api).ProvidersAsync(_service);
        if (_finders[wayIn].Contains(reader))
            found.ShouldHaveSingleItem().ShouldBe(new SdkProvider("dubbo", Address, _service.Port));
        else
            found.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(WaysIn))]
    public async Task TheDubboInterfaceViewHasIt(string wayIn)
    {
        await using var registry = await RegisteredAsync(wayIn, Generic);

        // What names no interface in its pod says so elsewhere: to the metadata center, or on its Service.
        if (wayIn == Java)
        {
            await registry.Http.LookUpUntilAsync("shop", _service.Application, static found => found.Any(static one => (string)one["source"]! == "dubbo-java"));
            await registry.SayAsync(
                "greeter-1", "metadata/greeter/4638952ef6ef27a221876e117341e395",
                DubboCluster.MetadataInfo("greeter", "4638952ef6ef27a221876e117341e395", (_service.Interface, _service.Group, _service.Version)));
        }
        else if (wayIn == Endpoints)
        {
            registry.Small.Change(ResourceKinds.Services, _service.Application, static service =>
                service["metadata"]!["annotations"] = new JsonObject { ["registry-gateway.io/interfaces"] = "g1/com.example.GreetingService:1.0.0" });
        }

        var urls = await registry.Http.UrlsUntilAsync(_service.Interface, static urls => urls.Count == 1, "?group=g1&version=1.0.0");
        var (head, parameters) = DubboCluster.Read(urls[0]);
        head.ShouldBe($"dubbo://{Address}:{_service.Port}/{_service.Interface}");
        (parameters["interface"], parameters["group"], parameters["version"]).ShouldBe((_service.Interface, _service.Group, _service.Version));
        (await registry.Http.GetJsonAsync(DubboCluster.Path("interfaces")))["items"]!.AsArray().ShouldContain(static one => (string)one!["interface"]! == _service.Interface);
        DubboCluster.Texts((await registry.Http.ProvidersAsync(_service.Interface, "?group=g2"))["urls"]).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(WaysIn))]
    public async Task TheDubboApplicationViewHasIt(string wayIn)
    {
        await using var registry = await RegisteredAsync(wayIn, Generic);
        await registry.Http.LookUpUntilAsync(
            "shop", _service.Application, found => found.Count == 1 && found[0].Status() == "UP" && (wayIn != Java || (string)found[0]["source"]! == "dubbo-java"));
        var instance = (await registry.Http.GetJsonAsync(DubboCluster.Path("applications/greeter/instances")))["instances"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)instance["serviceName"]!, (string)instance["host"]!, (int)instance["port"]!, (string)instance["protocol"]!, (bool)instance["healthy"]!)
            .ShouldBe(("greeter", Address, _service.Port, "dubbo", true));
        ((string)instance["metadata"]!["dubbo.endpoints"]!).ShouldBe("""[{"port":20880,"protocol":"dubbo"}]""");
        ((string?)instance["metadata"]!["dubbo.metadata.revision"]).ShouldBe(wayIn == Java ? "4638952ef6ef27a221876e117341e395" : null);
    }

    /// <summary>A pod with a Service of the application's name, its provider registered in one way, with the mirrors that a reader of that kind needs.</summary>
    private static async Task<TestRegistry> RegisteredAsync(string wayIn, string reader)
    {
        var registry = await TestRegistry.StartAsync();
        registry.Small.Service("""{"ports":[{"name":"dubbo","protocol":"TCP","port":20880,"targetPort":20880}]}""", _service.Application);
        registry.Pod("greeter-1", Address, labels: """{"app":"greeter"}""");
        await registry.Small.SettleAsync();
        using var api = new SdkApi(registry.Cluster.Url);
        ISdkWriter writer = wayIn switch
        {
            Rest => new GatewayRest(registry.Http, "shop", "generic", "dubbo-java", reader == Go14 ? "dubbo-go-1.4" : "dubbo-go-1.5"),
            _ => (ISdkWriter)Reader(wayIn, api),
        };
        await registry.Http.LookUpUntilAsync("shop", _service.Application, static instances => instances.Count > 0);
        await writer.RegisterAsync("greeter-1", Address, _service);
        return registry;
    }

    private static ISdkReader Reader(string name, SdkApi api) => name switch
    {
        Go14 => new DubboGo14(api, "shop"),
        Go15 => new DubboGo15(api, "shop"),
        Generic => new GenericVariant(api, "shop"),
        Java => new DubboJava32(api, "shop"),
        _ => new Endpoints2018(api, "shop"),
    };
}
