using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Api.Hosting;
using Gateway.Benchmarks.Cluster;
using Gateway.Core.Registry;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Benchmarks;

/// <summary>The API server that the benchmarks measure over says what a real one would.</summary>
public sealed class FakeClusterTests
{
    private const string Instances = "v1/namespaces/shop/services/service-00001/instances";

    [Fact]
    public async Task AGatewayOverItListsRegistersAndFollowsChanges()
    {
        await using var server = await new FakeApiServer(new ClusterShape(Pods: 40, Services: 4)).StartAsync();
        await using var gateway = await StartGatewayAsync(server.Urls.First());
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Urls.First()) };

        var before = await LookupAsync(http, Instances);
        before.Count.ShouldBe(10);
        before.ShouldAllBe(static one => (string?)one!["pod"]!["zone"] == "zone-a");

        // Every pod 25 times.
        using (var changes = await http.PostAsync(new Uri(new Uri(server.Urls.First()), "bench/changes?rate=1000&seconds=1&pods=1000"), null))
            (await changes.Content.ReadAsStringAsync()).ShouldContain("\"ticks\"");
        using var register = new HttpRequestMessage(HttpMethod.Post, "v1/registrations") { Content = new StringContent("""{"service":"bench","port":8080}""", Encoding.UTF8, "application/json") };
        register.Headers.Add("Authorization", $"Bearer {Reviews.Token(5, 1)}");
        using var registered = await http.SendAsync(register);

        // The answer waited for a revision that covers the write, and so the changes before it.
        registered.StatusCode.ShouldBe(HttpStatusCode.Created, await registered.Content.ReadAsStringAsync());
        var after = await LookupAsync(http, Instances + "?status=any");
        after.ShouldAllBe(static one => (string?)one!["status"] == "STARTING");
        (await LookupAsync(http, "v1/namespaces/shop/services/bench/instances?status=any")).ShouldHaveSingleItem()!["pod"]!["name"]!.GetValue<string>().ShouldBe("pod-0000005");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(200)]
    public async Task AListInProtobufHoldsItsPodsAndSaysItsLength(int pods)
    {
        await using var server = await new FakeApiServer(new ClusterShape(pods, Services: 2)).StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
        if (pods > 0)
            await AnnotateAsync(http);
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/pods");
        request.Headers.TryAddWithoutValidation("Accept", "application/vnd.kubernetes.protobuf");
        using var answer = await http.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();

        Encoding.ASCII.GetString(bytes, 0, 4).ShouldBe("k8s\0");
        var list = Field(bytes.AsSpan(4).ToArray(), 2).ShouldHaveSingleItem();
        var items = Field(list, 2);
        items.Count.ShouldBe(pods);
        items.Select(static item => Encoding.UTF8.GetString(Field(Field(item, 1)[0], 1)[0])).ShouldBe(Enumerable.Range(0, pods).Select(PodTemplate.NameOf));
        if (pods > 0)
            Field(Field(items[0], 1)[0], 12).ShouldHaveSingleItem();
    }

    [Fact]
    public void TheFirstServiceMayHaveItsPodsBeforeTheOthers()
    {
        var shape = new ClusterShape(Pods: 10, Services: 3, OfFirst: 4);

        Enumerable.Range(0, 10).Select(shape.ServiceOf).ShouldBe([0, 0, 0, 0, 1, 2, 1, 2, 1, 2]);
        shape.SliceObjects().Count().ShouldBe(3);
        new ClusterShape(Pods: 250, Services: 1).SliceObjects().Count().ShouldBe(3);
        new ClusterShape(Pods: 2, Services: 0).SliceObjects().ShouldBeEmpty();
    }

    [Fact]
    public async Task AListInJsonHasOrdinaryPods()
    {
        await using var server = await new FakeApiServer(new ClusterShape(Pods: 2, Services: 0)).StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };

        var items = JsonNode.Parse(await http.GetStringAsync(new Uri("api/v1/pods", UriKind.Relative)))!["items"]!.AsArray();

        items.Count.ShouldBe(2);
        items[1]!["metadata"]!["name"]!.GetValue<string>().ShouldBe("pod-0000001");
        items[1]!["status"]!["podIP"]!.GetValue<string>().ShouldBe(PodTemplate.AddressOf(1));
        items[1]!.ToJsonString().Length.ShouldBeInRange(12_998, 13_802);
        new PodEncoder(Gateway.Benchmarks.Cluster.WireFormat.Protobuf).ItemLength(new PodState(1, 0, ClusterShape.FirstVersion, true, null)).ShouldBeInRange(4_074, 4_326);
    }

    private static async Task AnnotateAsync(HttpClient http)
    {
        using var patch = new StringContent("""{"metadata":{"annotations":{"a/b":"c"}}}""", Encoding.UTF8, "application/merge-patch+json");
        using var patched = await http.PatchAsync(new Uri("api/v1/namespaces/shop/pods/pod-0000000", UriKind.Relative), patch);
        JsonNode.Parse(await patched.Content.ReadAsStringAsync())!["metadata"]!["annotations"]!["a/b"]!.GetValue<string>().ShouldBe("c");
    }

    private static async Task<JsonArray> LookupAsync(HttpClient http, string path) =>
        JsonNode.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative)))!["instances"]!.AsArray();

    // The values of a field whose values have a length.
    private static List<byte[]> Field(byte[] message, int number)
    {
        var (input, found) = (new CodedInputStream(message), new List<byte[]>());
        while (input.ReadTag() is var tag and > 0)
        {
            if (tag == ((uint)number << 3 | 2))
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }

    private static async Task<WebApplication> StartGatewayAsync(string cluster)
    {
        var gateway = GatewayApplication.Build(["--environment", "Production"], builder =>
        {
            builder.Logging.ClearProviders();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0",
                ["Kubernetes:Mode"] = "Emulated",
                ["Emulator:AllowOutsideDevelopment"] = "true",
                ["Emulator:Start"] = "false",
                ["Emulator:Url"] = cluster,
            });
        });
        await gateway.StartAsync();
        await gateway.Services.GetRequiredService<RegistryState>().WaitForSyncAsync(TimeSpan.FromMinutes(1));
        return gateway;
    }
}
