using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Hosting;

/// <summary>What an operator reads on the console.</summary>
public sealed partial class ConsoleLogTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public async Task ProductionLogsOneJsonObjectALineWithTheCallersTrace()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await using var gateway = GatewayProcess.Start("Production", registry.Cluster.Url);
        var begun = (await gateway.ReadUntilAsync("\"EventId\":1500")).ToList();
        if (!begun.Exists(static line => Listening().IsMatch(line)))
            begun.AddRange(await gateway.ReadUntilAsync("Now listening on"));
        using var http = new HttpClient { BaseAddress = new Uri(begun.Select(static line => Listening().Match(line)).First(static match => match.Success).Value) };

        var token = registry.Cluster.IssueToken("shop", "default", "greeter-1", ["registry-gateway"]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/registrations") { Content = JsonContent.Create(new { service = "greeting", port = 8080 }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken).Within();
        answer.EnsureSuccessStatusCode();
        var lines = begun.Concat(await gateway.ReadUntilAsync("\"EventId\":1610")).ToList();

        lines.ConvertAll(static line => JsonNode.Parse(line)!.AsObject()).ShouldAllBe(static line =>
            line.ContainsKey("Timestamp") && line.ContainsKey("EventId") && line.ContainsKey("LogLevel") && line.ContainsKey("Category") && line.ContainsKey("Message"));
        lines[^1].ShouldContain($"\"TraceId\":\"{TraceId}\"");
        lines.ShouldNotContain(line => line.Contains(token.Split('.')[2], StringComparison.Ordinal));
    }

    [Fact]
    public async Task DevelopmentLogsLinesForPeople()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = GatewayProcess.Start("Development", registry.Cluster.Url);

        var lines = await gateway.ReadUntilAsync("Gateway.Core.Registry", "[1500]");

        lines.ShouldNotContain(static line => line.StartsWith('{'));
        lines[^1].ShouldMatch(@"^\d\d:\d\d:\d\d\.\d{3} info: ");
    }

    [Fact]
    public async Task ThatEndpointsAreDeprecatedIsNotLoggedWithEachCall()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = GatewayProcess.Start("Production", registry.Cluster.Url, ("Kubernetes__Endpoints", "Endpoints"));

        var lines = await gateway.ReadUntilAsync("\"EventId\":1500");

        using var answer = await new HttpClient().GetAsync(new Uri(registry.Cluster.Url, "/api/v1/endpoints"), TestContext.Current.CancellationToken);
        string.Join("", answer.Headers.Warning).ShouldContain("deprecated", customMessage: "the API server says so with each answer");
        lines.ShouldNotContain(static line => line.Contains("deprecated", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*(?=[^\d])")]
    private static partial Regex Listening();
}
