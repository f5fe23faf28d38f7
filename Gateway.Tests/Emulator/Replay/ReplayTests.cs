using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Tests.Emulator.Replay;

/// <summary>Each recorded call, sent to an emulated cluster in the same state, must be answered as the real API server answered it.</summary>
public sealed class ReplayTests
{
    private const string TerminatingPod = "/api/v1/namespaces/shop/pods/orders-2?gracePeriodSeconds=30";

    // Number 26 has a test of its own; of protobuf the first bytes alone are recorded: ProtobufTests compares them.
    public static TheoryData<string> Calls => [.. Recording.Names.Where(static name => !name.StartsWith("26-", StringComparison.Ordinal) && !name.Contains("protobuf", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task RecordedCallIsAnsweredAsRecorded(string name)
    {
        await using var cluster = await RecordedCluster.StartAsync();
        var recording = Recording.Read(name);
        var number = int.Parse(name[..2]);
        await PrepareAsync(cluster, number);
        var token = number switch { 24 => "nobody's", 25 => null, _ => RecordedCluster.AdminToken };
        var target = await TargetAsync(cluster, recording, number);

        using var answer = await cluster.SendAsync(recording.Method, target, Body(cluster, recording, number), recording.Headers, token);

        ((int)answer.StatusCode).ShouldBe(recording.Status);
        answer.Content.Headers.ContentType!.ToString().ShouldBe(recording.AnswerHeaders["Content-Type"]);
        foreach (var header in (string[])["Retry-After", "Warning"])
        {
            var values = answer.Headers.TryGetValues(header, out var found) ? string.Join(", ", found) : null;
            values.ShouldBe(recording.AnswerHeaders.GetValueOrDefault(header));
        }
        if (target.Contains("watch=1", StringComparison.Ordinal))
            cluster.Time.Advance(TimeSpan.FromSeconds(2));
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ShouldEqual(body, recording.Answer);
    }

    [Fact]
    public async Task RecordedWatchWithASelectorIsAnsweredAsRecorded()
    {
        await using var cluster = await RecordedCluster.StartAsync();
        var recording = Recording.Read("26-watch-selector");
        const string Pod = "/api/v1/namespaces/shop/pods/orders-3";
        using var answer = await cluster.SendAsync("GET", recording.Target.Replace("45216", $"{cluster.Cluster.Storage.Version}"));
        await PatchAsync(cluster, Pod, """{"metadata":{"annotations":{"registry-gateway.io/b":"1"}}}""");
        await PatchAsync(cluster, Pod, """{"metadata":{"labels":{"app":null}}}""");
        await PatchAsync(cluster, Pod, """{"metadata":{"labels":{"app":"orders"}}}""");
        using (await cluster.SendAsync("DELETE", Pod + "?gracePeriodSeconds=0"))
        {
        }
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var expected = recording.Answer.Split('\n').Where(static line => line.Length > 0).ToList();
        foreach (var line in expected)
        {
            // The last one is the bookmark before the end.
            if (ReferenceEquals(line, expected[^1]))
                cluster.Time.Advance(TimeSpan.FromSeconds(1));
            ShouldEqual((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!, line);
        }
        cluster.Time.Advance(TimeSpan.FromSeconds(2));
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    private static async Task PrepareAsync(RecordedCluster cluster, int number)
    {
        switch (number)
        {
            case 12 or 15:
                await PatchAsync(cluster, "/api/v1/namespaces/shop/pods/orders-2", """{"metadata":{"annotations":{"registry-gateway.io/a1":"{}"}}}""");
                break;
            case 31 or 34:
                cluster.CreateRecorded(ResourceKinds.Endpoints, number == 31 ? "31-endpoints" : "34-endpoints-not-ready");
                break;
            case 32 or 33 or 36:
                cluster.CreateRecorded(ResourceKinds.EndpointSlices, Recording.Names.Single(name => name.StartsWith($"{number}-", StringComparison.Ordinal)));
                break;
            case 35:
                (await cluster.SendAsync("DELETE", TerminatingPod)).Dispose();
                break;
            case 45:
                cluster.Create(ResourceKinds.Leases, """{"metadata":{"name":"gateway","namespace":"shop"},"spec":{"holderIdentity":"a"}}""");
                break;
            case 46:
                cluster.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "orders-3");
                (await cluster.SendAsync("DELETE", TerminatingPod)).Dispose();
                cluster.Time.Advance(TimeSpan.FromSeconds(17));
                break;
        }
    }

    private static async Task<string> TargetAsync(RecordedCluster cluster, Recording recording, int number)
    {
        if (number != 3)
            return recording.Target;
        using var first = await cluster.SendAsync("GET", "/api/v1/namespaces/shop/pods?limit=1");
        var list = JsonNode.Parse(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return "/api/v1/namespaces/shop/pods?limit=1&continue=" + (string)list["metadata"]!["continue"]!;
    }

    private static string Body(RecordedCluster cluster, Recording recording, int number)
    {
        switch (number)
        {
            case 11:
                return recording.Body.Replace("17e6ddcc-8894-4bdb-85eb-57605765ab59", cluster.Pod("orders-2").Uid);
            case 16:
                return recording.Body.Replace("<270000 bytes>", new string('x', 270_000));
            case 40:
                return recording.Body.Replace("<token>", "garbage");
            case 38 or 39 or 43:
                var token = cluster.Cluster.IssueToken("shop", "default", "orders-1", ["registry-gateway"]);
                if (number == 43)
                    cluster.Cluster.Objects.Remove(ResourceKinds.Pods, "shop", "orders-1");
                return recording.Body.Replace("<token>", token);
            default:
                return recording.Body;
        }
    }

    private static async Task PatchAsync(RecordedCluster cluster, string target, string patch)
    {
        var headers = new Dictionary<string, string> { ["Content-Type"] = "application/merge-patch+json" };
        using var answer = await cluster.SendAsync("PATCH", target, patch, headers);
        ((int)answer.StatusCode).ShouldBe(200);
    }

    private static void ShouldEqual(string actual, string expected)
    {
        if (expected.Length == 0)
        {
            actual.ShouldBeEmpty();
            return;
        }
        var one = Mask.Apply(JsonNode.Parse(actual));
        var other = Mask.Apply(JsonNode.Parse(expected));
        if (!JsonNode.DeepEquals(one, other))
            one!.ToJsonString(Indented).ShouldBe(other!.ToJsonString(Indented));
    }

    private static readonly System.Text.Json.JsonSerializerOptions Indented = new() { WriteIndented = true };
}
