using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Core.PodWriting;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Hostile;

/// <summary>Past what a replica carries out, calls are refused at once; what costs it little goes on, and memory has a ceiling.</summary>
public sealed class OverloadTests(ITestOutputHelper output)
{
    private const int Places = 40;
    private const int HalfOpen = 2_000;

    // Measured, both ends together: 10 KB for a client that sends nothing, 14 KB for one that sent half a head. Other tests run beside this one.
    private const long MostPerConnection = 32 * 1024;

    [Fact]
    public async Task WritesBeyondThePlacesAreRefusedAtOnceWhileLookupsStreamsAndProbesGoOn()
    {
        await using var registry = await TestRegistry.StartAsync(settings: [
            ("Limits:CallsAtOnce", Places.ToString(CultureInfo.InvariantCulture)),
            // No place becomes free by itself, however long the rest takes.
            ("Registration:QueueFor", "00:01:00"), ("Registration:WriteTimeout", "00:01:00"),
        ]);
        for (var pod = 0; pod <= Places + 1; pod++)
            registry.Pod($"pod-{pod}", $"10.1.0.{pod + 1}");
        await registry.RegisterAsync("pod-0", "orders");
        await registry.RegisterAsync($"pod-{Places + 1}", "orders");
        await using var open = await StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/orders/watch");
        await open.NextAsync("snapshot");
        registry.Cluster.Faults.HoldRequests(static request => request.Method == "PATCH");
        var admitted = Enumerable.Range(0, Places).Select(pod => registry.RegisterAsync($"pod-{pod}", "carts", expected: HttpStatusCode.Created)).ToList();
        await UntilRefusedAsync(registry);
        await registry.Cluster.Requests.WaitUntilAsync(
            static request => request.Method == "PATCH" && request.Status == 0, new RegistrationOptions().MaxWritesInFlight).Within();

        // What is refused costs the API server nothing, and no admitted call waits behind it.
        var asked = WritesAndReviews(registry);
        for (var refused = 0; refused < 10 * Places; refused++)
        {
            using var answer = await registry.Http.CallAsync("DELETE", $"/v1/registrations?namespace=shop&pod=pod-{refused % Places}");
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        }

        WritesAndReviews(registry).ShouldBe(asked);
        admitted.ShouldAllBe(static call => !call.IsCompleted);
        (await registry.Http.LookUpAsync("shop", "orders")).Count.ShouldBe(2);
        registry.Small.Terminate($"pod-{Places + 1}");
        (await open.NextAsync("removed")).Data["pod"]!["name"]!.ToString().ShouldBe($"pod-{Places + 1}");
        await using (var stream = await StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/orders/watch"))
            await stream.NextAsync("snapshot");
        foreach (var probe in new[] { "/livez", "/readyz", "/metrics" })
        {
            using var answer = await registry.Http.GetAsync(new Uri(probe, UriKind.Relative)).Within();
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, probe);
        }

        registry.Cluster.Faults.ReleaseRequests();
        await Task.WhenAll(admitted).Within();
        await registry.RegisterAsync($"pod-{Places}", "carts", expected: HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /v1/namespaces/shop/services/orders/instances HTTP/1.1\r\nHost: localhost\r\nX-Half: ")]
    public async Task ThousandsOfClientsThatSendNothingOrHalfAHeadCostLittleAndLookupsGoOn(string sent)
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("pod-0", "10.1.0.1");
        await registry.RegisterAsync("pod-0", "orders");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        List<TcpClient> clients = [];
        try
        {
            for (var number = 0; number < HalfOpen; number++)
            {
                var client = new TcpClient();
                clients.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, registry.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
                await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(sent), TestContext.Current.CancellationToken);
            }

            (await registry.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();
            var each = (Enumerable.Range(0, 5).Min(static _ => GC.GetTotalMemory(forceFullCollection: true)) - before) / HalfOpen;
            output.WriteLine($"{each} bytes of managed memory for each connection, both ends of it");
            each.ShouldBeLessThan(MostPerConnection);
            await registry.RegisterAsync("pod-0", "carts");
        }
        finally
        {
            foreach (var client in clients)
                client.Dispose();
        }
    }

    private static int WritesAndReviews(TestRegistry registry) =>
        registry.Cluster.Requests.Count(static request => request.Method != "GET" && !request.Path.Contains("/leases", StringComparison.Ordinal));

    /// <summary>The admitted calls have come in when one more finds no place.</summary>
    private static async Task UntilRefusedAsync(TestRegistry registry)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            using var answer = await registry.Http.CallAsync("GET", "/v1/registrations?namespace=shop&pod=pod-0");
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                (await answer.Content.ReadAsStringAsync(deadline.Token)).ShouldContain("\"overloaded\"");
                answer.Headers.RetryAfter.ShouldNotBeNull();
                return;
            }

            deadline.Token.ThrowIfCancellationRequested();
        }
    }
}
