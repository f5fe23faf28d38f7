using System.Net;
using Gateway.Emulator;
using Gateway.Emulator.Storage;
using Gateway.Tests.Callers;
using Gateway.Tests.Emulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Facades;

/// <summary>
/// A small cluster and a gateway that speaks a protocol; callers are pods by the address that a test says. <c>orders-1</c>, <c>orders-2</c> (shop) and
/// <c>vault-1</c> (bank) run at 10.0.0.1, 10.0.0.2 and 10.0.1.1.
/// </summary>
internal abstract class FacadeWorld(SmallCluster small, IEnumerable<(string Key, string Value)> settings, TimeProvider? time) : IAsyncDisposable
{
    public const string Address = "10.0.0.1";

    private readonly KeyValuePair<string, string?>[] _settings = [.. settings.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))];

    public SmallCluster Small => small;

    public EmulatedCluster Cluster => small.Cluster;

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public HttpClient Http => Gateway.Http;

    /// <summary>Where every connection comes from that does not say another address; null: from loopback.</summary>
    public string? Everyone { get; set; }

    /// <summary>How often pods were patched.</summary>
    public int Patches => Cluster.Requests.Count(static one => one.Request.Method == "PATCH" && one.Request.Path.Contains("/pods/", StringComparison.Ordinal));

    /// <summary>A gateway on the same cluster; the test's to dispose.</summary>
    public Task<GatewayUnderTest> ReplicaAsync(params (string Key, string Value)[] more) => GatewayUnderTest.StartAsync(
        Cluster.Url, [.. _settings, .. more.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))], time: time,
        adjust: builder => builder.Services.AddSingleton<IStartupFilter>(new From(this)).AddSingleton<IStartupFilter>(new RemoteAddressFilter()));

    public async Task RestartAsync(params (string Key, string Value)[] more)
    {
        await Gateway.StopAsync();
        await Gateway.DisposeAsync();
        Gateway = await ReplicaAsync(more);
    }

    public void Pod(string name, string address, string ns = "shop", string labels = "{}", string spec = "", string node = "node-1")
    {
        small.Create(ResourceKinds.Pods, $$"""
            {"metadata":{"name":"{{name}}","namespace":"{{ns}}","labels":{{labels}} },"spec":{ {{spec}} "containers":[{"name":"app","image":"example/app:1"}]} }
            """);
        Cluster.Player.Run(ns, name, node, [.. address.Split(',').Select(IPAddress.Parse)]);
    }

    public string Token(string pod, string ns = "shop", TimeSpan? lifetime = null) => Cluster.IssueToken(ns, "default", pod, ["registry-gateway"], lifetime);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await small.DisposeAsync();
    }

    /// <summary>Runs the pods and the gateway, until it knows them.</summary>
    protected async Task RunAsync()
    {
        small.Create(ResourceKinds.Namespaces, """{"metadata":{"name":"bank"}}""");
        small.Node("node-1", "zone-a");
        Pod("orders-1", Address);
        Pod("orders-2", "10.0.0.2");
        Pod("vault-1", "10.0.1.1", "bank");
        Gateway = await ReplicaAsync();
        foreach (var (ns, pod) in new[] { ("shop", "orders-1"), ("shop", "orders-2"), ("bank", "vault-1") })
            (await Gateway.State.WaitAsync(snapshot => snapshot.RegistrationsOf(ns, pod) is not null, Patience.Limit)).ShouldNotBeNull();
    }

    private sealed class From(FacadeWorld world) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((HttpContext context, RequestDelegate following) =>
            {
                if (world.Everyone is { } address)
                    context.Connection.RemoteIpAddress = IPAddress.Parse(address);
                return following(context);
            });
            next(app);
        };
    }
}
