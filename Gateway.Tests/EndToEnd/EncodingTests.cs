using System.Text.Json.Nodes;
using Gateway.Emulator;
using Gateway.Emulator.Http;

namespace Gateway.Tests.EndToEnd;

/// <summary>A whole gateway over each encoding of the API server's answers: what callers see is the same.</summary>
public sealed class EncodingTests
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";

    [Theory]
    [InlineData(null, true, "EndpointSlices")]
    [InlineData(null, false, "EndpointSlices")]
    [InlineData("false", true, "EndpointSlices")]
    [InlineData(null, true, "Endpoints")]
    public async Task TheRegistryIsTheSameOverEitherEncoding(string? option, bool serverSpeaksProtobuf, string endpoints)
    {
        await using var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0", Protobuf = serverSpeaksProtobuf });
        await using var gateway = await StartAsync(cluster, option, endpoints);
        await using var yardstick = await StartAsync(cluster, "false", "EndpointSlices");

        var expected = await NamesAsync(yardstick);
        expected.ShouldNotBeEmpty();
        (await NamesAsync(gateway)).ShouldBe(expected);
        foreach (var (ns, name) in expected)
            (await InstancesAsync(gateway, ns, name)).ShouldBe(await InstancesAsync(yardstick, ns, name));

        var followed = cluster.Requests.Recent.Select(static logged => logged.Request).Where(static request => request.Method == "GET").ToList();
        followed.Where(static request => request.IsWatch && request.Accept.StartsWith(Protobuf, StringComparison.Ordinal))
            .Select(static request => request.Path).Distinct().Count().ShouldBe(option is null ? 5 : 0);
        followed.Where(static request => request.Accept.Length > 0).ShouldAllBe(static request => request.Accept.Contains("application/json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AChangeOverAProtobufWatchReachesALookup()
    {
        await using var cluster = await EmulatedCluster.StartAsync(new EmulatorOptions { Url = "http://127.0.0.1:0" });
        await using var gateway = await StartAsync(cluster, null, "EndpointSlices");
        cluster.Apply(JsonNode.Parse("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"newcomer","namespace":"default"},"spec":{"selector":{"app":"newcomer"},"ports":[{"port":80,"targetPort":8080}]}}""")!.AsObject());
        cluster.Apply(JsonNode.Parse("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"newcomer","namespace":"default","labels":{"app":"newcomer"}},"spec":{"containers":[{"name":"app","image":"x"}]}}""")!.AsObject());
        await cluster.SettleAsync(TestContext.Current.CancellationToken);
        while ((await InstancesAsync(gateway, "default", "newcomer")).Length == 0)
            await Task.Yield();
    }

    private static Task<GatewayUnderTest> StartAsync(EmulatedCluster cluster, string? protobuf, string endpoints) => GatewayUnderTest.StartAsync(cluster.Url,
        new Dictionary<string, string?> { ["Kubernetes:Endpoints"] = endpoints }.Concat(protobuf is null ? [] : [KeyValuePair.Create("Kubernetes:Protobuf", (string?)protobuf)]));

    private static async Task<List<(string Namespace, string Name)>> NamesAsync(GatewayUnderTest gateway)
    {
        var answer = JsonNode.Parse(await gateway.Http.GetStringAsync("/v1/services", TestContext.Current.CancellationToken))!;
        return [.. answer["items"]!.AsArray().Select(static service => ((string)service!["namespace"]!, (string)service["name"]!))];
    }

    private static async Task<string> InstancesAsync(GatewayUnderTest gateway, string ns, string name)
    {
        using var response = await gateway.Http.GetAsync($"/v1/namespaces/{ns}/services/{name}/instances", TestContext.Current.CancellationToken);
        if (!response.IsSuccessStatusCode)
            return "";
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return string.Join('\n', answer["instances"]!.AsArray().Select(static instance => instance!.ToJsonString()).Order(StringComparer.Ordinal));
    }
}
