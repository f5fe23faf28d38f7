using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Browser;

/// <summary>The demo cluster and its gateway, with one pod unready, one instance taken out, one record that cannot be read, and two consumers.</summary>
public sealed class ConsoleDemo : IAsyncLifetime
{
    /// <summary>An own registration that is no JSON: the gateway lists everything else of the pod.</summary>
    public const string Unreadable = "registry-gateway.io/0123456789abcdef0123456789abcdef";

    /// <summary>A pod of a Deployment in shop that looks up shop/orders and shop/prices.</summary>
    public const string Checkout = "checkout-7d4b9c6f58-x2x9k";

    /// <summary>A pod of a StatefulSet in billing that looks up shop/orders.</summary>
    public const string Ledger = "ledger-0";

    private EmulatedCluster _cluster = null!;
    private GatewayUnderTest _gateway = null!;

    internal Chromium Chromium { get; private set; } = null!;

    public Uri Url => _gateway.Http.BaseAddress!;

    /// <summary>The id of an instance of shop/prices.</summary>
    public string Price { get; private set; } = "";

    /// <summary>Name, what comes after the <c>#</c>, and a text that is there once everything is.</summary>
    public IEnumerable<(string Name, string Hash, string Text)> Pages =>
    [
        ("overview", "#/", "1 record cannot be read"), ("services", "#/services", "com.example.StockService"), ("service", "#/services/shop/orders", "NotReady"),
        ("instance", $"#/services/shop/prices/{Price}", Unreadable), ("why", "#/why?namespace=shop&service=orders&pod=orders-2", "What to do"),
        ("history", "#/history?namespace=shop", "prices"), ("consumers-none", "#/consumers", "Name a namespace"),
        ("consumers", "#/consumers?namespace=shop&service=orders", "ledger"), ("consumers-pod", $"#/consumers?namespace=shop&pod={Checkout}", "shop/prices"),
        ("act", "#/act", "For development"),
    ];

    public async ValueTask InitializeAsync()
    {
        _cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        _gateway = await GatewayUnderTest.StartAsync(_cluster.Url, [KeyValuePair.Create("Subscriptions:SingleReplica", (string?)"true")]);
        Chromium = await Chromium.StartAsync();

        Price = (string)(await RegisterAsync("carts-1", new { lane = "blue", note = "<img src=x onerror=alert(1)>" }))["id"]!;
        var other = (string)(await RegisterAsync("carts-2", new { lane = "green", note = "" }))["id"]!;
        using (var taken = await _gateway.Http.PostAsync($"/v1/registrations/{other}/out-of-service?namespace=shop&pod=carts-2", null).Within())
            taken.StatusCode.ShouldBe(HttpStatusCode.OK);
        _cluster.Objects.Change(ResourceKinds.Pods, "shop", "carts-1", static pod => pod["metadata"]!["annotations"]![Unreadable] = "{").ShouldNotBeNull();
        _cluster.Player.SetReady("shop", "orders-2", false);
        await _gateway.Http.LookUpUntilAsync("shop", "orders", static all => all.Any(static one => one.Status() == "STARTING"));
        await _gateway.Http.LookUpUntilAsync("shop", "prices", static all => all.Any(static one => one.Status() == "OUT_OF_SERVICE"));
        await _gateway.State.WaitAsync(static snapshot => snapshot.RegistrationsOf("shop", "carts-1")?.Records.Unreadable.IsEmpty == false, Patience.Limit);
        await ConsumeAsync("shop", Checkout, """{"pod-template-hash":"7d4b9c6f58"}""", "orders", "orders", "orders", "prices");
        await ConsumeAsync("billing", Ledger, """{"statefulset.kubernetes.io/pod-name":"ledger-0"}""", "orders");
    }

    public async ValueTask DisposeAsync()
    {
        await Chromium.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private async Task ConsumeAsync(string ns, string pod, string labels, params string[] services)
    {
        Apply($$"""{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"consumer","namespace":"{{ns}}"} }""");
        Apply($$"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{pod}}","namespace":"{{ns}}","labels":{{labels}} },
             "spec":{"serviceAccountName":"consumer","containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        (string, string) token = ("Authorization", "Bearer " + _cluster.IssueToken(ns, "consumer", pod, ["registry-gateway"]));

        // Its token is known from then on, and so is its pod.
        await _gateway.State.WaitAsync(snapshot => snapshot.RegistrationsOf(ns, pod) is not null, Patience.Limit);
        using (var own = await _gateway.Http.CallAsync("GET", "/v1/registrations", headers: token))
            own.StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var service in services)
            (await _gateway.Http.CallAsync("GET", $"/v1/namespaces/shop/services/{service}/instances", headers: token)).Dispose();
    }

    private void Apply(string manifest) => _cluster.Apply(JsonNode.Parse(manifest)!.AsObject());

    private Task<JsonNode> RegisterAsync(string pod, object metadata) =>
        _gateway.Http.RegisterAsync(new { @namespace = "shop", pod, service = "prices", port = 8080, version = "2.0.0", metadata, mirrors = new[] { "generic" } }, HttpStatusCode.Created);
}
