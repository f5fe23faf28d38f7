using Gateway.Emulator;

namespace Gateway.Tests.OpenApi;

/// <summary>What a C# program gets out of the OpenAPI document: a client whose types are those of the wire.</summary>
public sealed class GeneratedClientTests
{
    private const string Program = """
        using System.Collections.Generic;
        using System.Linq;
        using System.Net.Http;
        using System.Threading.Tasks;
        using Generated;

        public static class Program
        {
            public static async Task<string[]> RunAsync(HttpClient http)
            {
                var client = new RegistryClient(http);
                var body = new Registration
                {
                    Namespace = "shop", Pod = "carts-1", Service = "com.example.PriceService", Port = 8080, Version = "1.0.0", Weight = 200,
                    Metadata = new Dictionary<string, string> { ["lane"] = "blue" }, Mirrors = new[] { MirrorFormat.Generic },
                    Ports = new[] { new RegistrationPort { Name = "admin", Port = 9090 } },
                };
                RegisteredInstance registered = await client.RegisterAsync(body);
                RegisteredInstance again = await client.RegisterAsync(body);
                Lookup found = await client.LookUpAsync("shop", body.Service, status: new[] { StatusFilter.Any }, selector: "lane=blue", source: InstanceSource.Gateway);
                Instance one = found.Instances.Single();
                Instance picked = await client.PickAsync("shop", body.Service, policy: PickPolicy.ConsistentHash, key: "customer-4711");
                ChangedInstance taken = await client.ChangeRegistrationAsync(registered.Id, new RegistrationChange { Status = SettableStatus.OUT_OF_SERVICE });
                OwnRegistrations own = await client.ListRegistrationsAsync("shop", "carts-1");
                ServiceList services = await client.ListServicesAsync(@namespace: "shop", limit: 1000);
                using FileResponse stream = await client.WatchAsync("shop", body.Service, timeout: "10ms", initial: InitialEvents.Events);
                var events = await new System.IO.StreamReader(stream.Stream).ReadToEndAsync();
                await client.DeregisterAsync(registered.Id);
                return new[]
                {
                    $"registered {registered.Port} {registered.Mirrors["generic"].State}",
                    $"again {again.Id == registered.Id}",
                    $"found {one.Id == registered.Id} {one.Status} {one.Source} {one.Reason is null} {one.Pod!.Name} {one.Metadata["lane"]} {one.Ports.Single().Port} {one.RegisteredAt is null}",
                    $"picked {picked.Id == registered.Id} {picked.Weight}",
                    $"taken {taken.Status} {taken.Drain is null}",
                    $"own {own.Items.Single(item => item.Id == registered.Id).Status}",
                    $"listed {services.Items.Single(item => item.Name == body.Service).Instances.OUT_OF_SERVICE}",
                    $"streamed {events.Contains("event: synced")}",
                    await RefusedAsync(client),
                };
            }

            private static async Task<string> RefusedAsync(RegistryClient client)
            {
                try
                {
                    await client.RegisterAsync(new Registration { Namespace = "shop", Pod = "carts-1", Service = "not a name", Port = 0 });
                    return "not refused";
                }
                catch (ApiException<ProblemDetails> refused)
                {
                    return $"refused {refused.Result.Code} {string.Join(" ", refused.Result.Errors.Select(one => one.Pointer + " " + one.Code))}";
                }
            }
        }
        """;

    [Fact]
    public async Task ACSharpClientOfTheDocumentRegistersLooksUpAndPicks()
    {
        await using var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" }, cancellationToken: TestContext.Current.CancellationToken);
        await using var gateway = await GatewayUnderTest.StartAsync(cluster.Url);
        var document = await gateway.Http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken).Within();

        using var client = await GeneratedClient.CompileAsync(document, Program);
        var came = await client.Method<Func<HttpClient, Task<string[]>>>("Program", "RunAsync")(gateway.Http).Within();

        came.ShouldBe([
            "registered 8080 Written",
            "again True",
            "found True UP Gateway True carts-1 blue 9090 False",
            "picked True 200",
            "taken OUT_OF_SERVICE True",
            "own OUT_OF_SERVICE",
            "listed 1",
            "streamed True",
            "refused InvalidRegistration /service InvalidValue /port OutOfRange",
        ]);
    }
}
