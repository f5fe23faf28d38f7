using BenchmarkDotNet.Attributes;
using Gateway.Api.Hosting;
using Gateway.Core.Registry;
using Gateway.Emulator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Benchmarks.Parts;

/// <summary>What a lookup costs through the gateway, next to the same bytes from Kestrel with nothing behind it: look at the ratio.</summary>
[MemoryDiagnoser]
public class LookupBenchmarks
{
    private const int Requests = 64;
    private const string Lookup = "/v1/namespaces/shop/services/orders/instances";

    private EmulatedCluster _cluster = null!;
    private WebApplication _gateway = null!;
    private WebApplication _bare = null!;
    private PipelinedCaller _throughGateway = null!;
    private PipelinedCaller _filtered = null!;
    private PipelinedCaller _throughBare = null!;

    // The in-process toolchain does not await what prepares and cleans up.
    [GlobalSetup]
    public void Start() => StartAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Stop() => StopAsync().GetAwaiter().GetResult();

    [Benchmark(Baseline = true, OperationsPerInvoke = Requests)]
    public void SameBytesFromBareKestrel() => _throughBare.Call();

    [Benchmark(OperationsPerInvoke = Requests)]
    public void Lookups() => _throughGateway.Call();

    [Benchmark(OperationsPerInvoke = Requests)]
    public void LookupsWithAFilter() => _filtered.Call();

    private async Task StartAsync()
    {
        _cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" });
        _gateway = GatewayApplication.Build(["--environment", "Development"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["Kubernetes:Mode"] = "Emulated",
                ["Emulator:Start"] = "false",
                ["Emulator:Url"] = _cluster.Url.ToString(),
            });
        });
        await _gateway.StartAsync();
        await _gateway.Services.GetRequiredService<RegistryState>().WaitForSyncAsync(TimeSpan.FromMinutes(1));
        using var http = new HttpClient();
        var body = await http.GetByteArrayAsync(new Uri(AddressOf(_gateway), Lookup));

        var bare = WebApplication.CreateSlimBuilder();
        bare.Logging.ClearProviders();
        _bare = bare.Build();
        _bare.Urls.Add("http://127.0.0.1:0");
        _bare.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        await _bare.StartAsync();

        _throughBare = new PipelinedCaller(new Uri(AddressOf(_bare), Lookup), Requests);
        _throughGateway = new PipelinedCaller(new Uri(AddressOf(_gateway), Lookup), Requests);
        _filtered = new PipelinedCaller(new Uri(AddressOf(_gateway), Lookup + "?status=any&protocol=http"), Requests);
    }

    private async Task StopAsync()
    {
        _throughBare.Dispose();
        _throughGateway.Dispose();
        _filtered.Dispose();
        await _bare.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
