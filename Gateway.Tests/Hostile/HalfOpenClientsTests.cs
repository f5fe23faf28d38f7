using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Gateway.Tests.Emulator;
using Gateway.Tests.EndToEnd;
using Gateway.Tests.Replicas;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Hostile;

/// <summary>
/// Ten thousand clients that begin a request and send no more of it, against a gateway process of its own: they cost little, no other caller notices
/// them, and they are dropped in time.
/// </summary>
public sealed class HalfOpenClientsTests(ITestOutputHelper output)
{
    private const int Most = 10_000;

    // Measured: 18 KB of resident memory.
    private const long MostPerClient = 48 * 1024;

    // This process has other files open, and other tests run beside this one.
    private const int OtherFiles = 2_000;

    private static readonly string[] Halves =
    [
        "GET /v1/namesp",
        "GET /v1/namespaces/shop/services/orders/instances HTTP/1.1\r\nHost: localhost\r\nX-Half: ",
        "POST /v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{\"service\":",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TenThousandOfThemCostLittleLookupsAndStreamsGoOnAndTheyAreDropped()
    {
        await using var small = await SmallCluster.StartAsync();
        small.Pod("orders-1", "10.0.0.1");
        small.Pod("orders-2", "10.0.0.2");
        await using var replica = await ReplicaProcess.StartAsync(small.Cluster.Url);
        await replica.Http.RegisterAsync(new { @namespace = "shop", pod = "orders-1", service = "orders", port = 8080 });
        await using var stream = await StreamReader.OpenAsync(replica.Http, "/v1/namespaces/shop/services/orders/watch");
        await stream.NextAsync("snapshot");
        var before = ResidentOf(replica);

        var clients = await ConnectAsync(replica.Http.BaseAddress!.Port);
        try
        {
            (await replica.Http.LookUpAsync("shop", "orders")).ShouldHaveSingleItem();

            // Those in the middle of a body hold places of calls until they are dropped: a caller that gets 503 repeats, as it must.
            HttpStatusCode registered;
            while ((registered = await RegisterAsync(replica.Http)) is HttpStatusCode.ServiceUnavailable)
                await Task.Delay(100, Token);
            registered.ShouldBe(HttpStatusCode.Created);
            (await stream.NextAsync("added")).Data["pod"]!["name"]!.ToString().ShouldBe("orders-2");
            foreach (var probe in new[] { "/livez", "/readyz", "/metrics" })
                (await replica.Http.GetAsync(new Uri(probe, UriKind.Relative), Token)).StatusCode.ShouldBe(HttpStatusCode.OK, probe);
            var each = (ResidentOf(replica) - before) / clients.Count;
            output.WriteLine($"{clients.Count} clients, {each} bytes of resident memory each");
            each.ShouldBeLessThan(MostPerClient);

            // Heads by their time-out of 15 s, bodies by their rate after 5 s; those beyond the places were refused at once.
            await Task.WhenAll(clients.Select(DroppedAsync)).WaitAsync(Patience.Limit * 2, Token);
            (await replica.Http.LookUpAsync("shop", "orders")).Count.ShouldBe(2);
        }
        finally
        {
            foreach (var client in clients)
                client.Dispose();
        }
    }

    private static async Task<HttpStatusCode> RegisterAsync(HttpClient http)
    {
        using var answer = await http.PostAsJsonAsync("/v1/registrations", new { @namespace = "shop", pod = "orders-2", service = "orders", port = 8080 }, Token);
        return answer.StatusCode;
    }

    private static async Task<List<Socket>> ConnectAsync(int port)
    {
        List<Socket> clients = [];
        var count = Math.Min(Most, FileLimit() - OtherFiles);
        for (var number = 0; number < count; number++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            clients.Add(client);
            await client.ConnectAsync(IPAddress.Loopback, port, Token);
            await client.SendAsync(Encoding.ASCII.GetBytes(Halves[number % Halves.Length]), Token);
        }

        return clients;
    }

    private static async Task DroppedAsync(Socket client)
    {
        var buffer = new byte[1024];
        try
        {
            while (await client.ReceiveAsync(buffer, Token) > 0)
            {
                // 408 or 503, then the end.
            }
        }
        catch (SocketException)
        {
            // Reset: as good.
        }
    }

    private static long ResidentOf(ReplicaProcess replica)
    {
        using var process = Process.GetProcessById(replica.ProcessId);
        return process.WorkingSet64;
    }

    private static int FileLimit()
    {
        if (!OperatingSystem.IsLinux())
            return OtherFiles + 1_000;
        var line = File.ReadLines("/proc/self/limits").First(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return int.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], out var limit) ? limit : int.MaxValue;
    }
}
