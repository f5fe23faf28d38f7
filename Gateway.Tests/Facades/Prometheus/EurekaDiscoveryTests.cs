using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Facades.Prometheus;

/// <summary>
/// What a Prometheus server with <c>eureka_sd_configs</c> asks: <c>GET {server}/apps</c> without Accept, decoded as XML by Go, which refuses the whole answer
/// for one number or flag that it cannot read.
/// </summary>
public sealed class EurekaDiscoveryTests
{
    [Theory]
    [InlineData("/eureka/apps")]
    [InlineData("/eureka/v2/apps")]
    [InlineData("/ns/shop/eureka/apps")]
    public async Task EveryInstanceIsAnElementThatPrometheusReads(string path)
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        registry.Pod("orders-1", "10.0.0.1");
        await registry.Http.RegisterAsync(new
        {
            @namespace = "shop",
            pod = "orders-1",
            service = "orders",
            port = 8080,
            container = "app",
            metadata = new Dictionary<string, string> { ["lane"] = "a&b<c", ["prometheus.io/path"] = "/metrics", ["1st"] = "x" },
        });

        var root = await AppsAsync(registry, path);
        int.Parse(root.Element("versions__delta")!.Value, CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(0);
        root.Element("apps__hashcode")!.Value.ShouldBe("UP_1_");
        var application = root.Elements("application").ShouldHaveSingleItem();
        application.Element("name")!.Value.ShouldBe("ORDERS");
        var instance = application.Elements("instance").ShouldHaveSingleItem();
        (instance.Element("hostName")!.Value, instance.Element("ipAddr")!.Value, instance.Element("status")!.Value).ShouldBe(("10.0.0.1", "10.0.0.1", "UP"));
        (instance.Element("app")!.Value, instance.Element("vipAddress")!.Value).ShouldBe(("ORDERS", "orders"));
        instance.Element("instanceId")!.Value.ShouldNotBeEmpty();
        PortOf(instance, "port").ShouldBe((8080, true));
        PortOf(instance, "securePort").Enabled.ShouldBeFalse();
        instance.Element("dataCenterInfo")!.Element("name")!.Value.ShouldBe("MyOwn");
        int.Parse(instance.Element("countryId")!.Value, CultureInfo.InvariantCulture).ShouldBe(1);
        GoFlag(instance.Element("isCoordinatingDiscoveryServer")!.Value).ShouldBeFalse();
        // The client alone knows the pages of its status and its health.
        instance.Element("homePageUrl")!.Value.ShouldStartWith("http://10.0.0.1:8080/");
        instance.Element("metadata")!.Element("lane")!.Value.ShouldBe("a&b<c");
    }

    [Fact]
    public async Task AnInstanceThatIsNotReadyStaysATargetWithItsStatus()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);
        registry.Pod("orders-1", "10.0.0.1");
        await registry.RegisterAsync("orders-1", "orders");
        registry.Cluster.Player.SetReady("shop", "orders-1", false);

        await registry.Http.TextUntilAsync("/eureka/apps", static text => text.Contains("<status>STARTING</status>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NothingIsAnEmptyElement()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [("Facades:Namespace", "shop")]);

        (await AppsAsync(registry, "/eureka/apps")).Elements("application").ShouldBeEmpty();
    }

    private static async Task<XElement> AppsAsync(TestRegistry registry, string path)
    {
        using var answer = await registry.Http.CallAsync("GET", path, headers: ("User-Agent", "Prometheus/3.5.0"));
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/xml");
        var root = XDocument.Parse(text).Root!;
        root.Name.ShouldBe("applications");
        return root;
    }

    private static (int Number, bool Enabled) PortOf(XElement instance, string name) =>
        (int.Parse(instance.Element(name)!.Value, CultureInfo.InvariantCulture), GoFlag(instance.Element(name)!.Attribute("enabled")!.Value));

    /// <summary>As Go's strconv.ParseBool.</summary>
    private static bool GoFlag(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => throw new FormatException(text),
    };
}
