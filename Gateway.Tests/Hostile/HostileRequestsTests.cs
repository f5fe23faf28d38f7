using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Gateway.Api.Errors;
using Gateway.Core.Supervision;
using Gateway.Tests.Callers;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Hostile;

/// <summary>Strangers and attacking pods send what they like; the gateway answers as documented, and a neighbour does not notice.</summary>
public sealed class HostileRequestsTests(ITestOutputHelper output)
{
    private const int Connections = 16;
    private const int Attackers = 20;

    // 304 and 2xx where the request happens to be legal; 4xx and 505 of Kestrel for what is no HTTP (docs/operations.md, limits).
    private static readonly HashSet<int> Documented =
        [200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 422, 429, 431, 502, 503, 504];

    [Fact]
    public async Task HostileRequestsAreAnsweredAsDocumentedAndANeighbourIsServedAsEver()
    {
        var seed = HostileRun.Seed(output);
        var count = HostileRun.Count(4_000, 100_000);
        using var log = new LogMeter();
        await using var registry = await FencedRegistry.StartQuietAsync(log, ("Redis:Configuration", ""));
        log.Measure(registry.Gateway);
        var known = await PrepareAsync(registry);
        using var http = SecondTenant.Client(registry.Gateway, registry.As("shop", "tenant-1"));
        var calm = new SecondTenant(http, "shop", "ledger", new { service = "ledger", port = 8080 }, null);
        await calm.RunAsync(20, Task.CompletedTask);
        output.WriteLine($"without: {calm.Figures}");
        var (live, cpu, begun) = (HostileRun.LiveBytes(), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());

        var statuses = new ConcurrentDictionary<int, int>();
        var faults = new ConcurrentQueue<string>();
        var neighbour = new SecondTenant(http, "shop", "ledger", new { service = "ledger", port = 8080 }, null);
        var attack = Task.WhenAll(Enumerable.Range(0, Connections).Select(number => Task.Run(
            () => AttackAsync(new HostileRequests(new Random(unchecked((seed * 397) + number)), known), registry.Http.BaseAddress!.Port, count / Connections, statuses, faults))));
        await neighbour.RunAsync(20, attack);
        await attack;

        var taken = Stopwatch.GetElapsedTime(begun);
        var spent = Environment.CpuUsage.TotalTime - cpu;
        var grown = HostileRun.LiveBytes() - live;
        output.WriteLine($"beside:  {neighbour.Figures}");
        output.WriteLine($"{count} requests in {taken.TotalSeconds:f1} s, {spent.TotalMilliseconds / count:f2} ms CPU each (with clients and API server); live memory {live >> 20} MiB, then {grown / 1048576.0:f1} MiB more");
        output.WriteLine(string.Join(", ", statuses.OrderBy(static one => one.Key).Select(static one => $"{one.Key}: {one.Value}")));
        output.WriteLine($"{log.Lines} log lines, longest {log.LongestBytes} bytes");
        faults.Take(5).ShouldBeEmpty();
        log.Failures.Take(3).ShouldBeEmpty();
        log.LongestBytes.ShouldBeLessThanOrEqualTo(4096, log.Longest);
        registry.Gateway.Services.GetRequiredService<LoopSupervisor>().GivenUp.IsCompleted.ShouldBeFalse();
        if (HostileRun.IsFull)
        {
            grown.ShouldBeLessThan(96L << 20);
            (spent / count).ShouldBeLessThan(TimeSpan.FromMilliseconds(10));
        }
    }

    private static async Task<HostileKnowledge> PrepareAsync(FencedRegistry registry)
    {
        registry.Pod("shop", "tenant-1", "10.0.0.1");
        for (var i = 0; i < Attackers; i++)
            registry.Pod("billing", $"attacker-{i}", $"10.0.1.{i + 1}");
        await registry.SeenAsync("billing", $"attacker-{Attackers - 1}");
        await registry.SeenAsync("shop", "tenant-1");
        registry.Grant("billing", "patcher", "billing/app", "", "pods", "get", "list", "patch");
        var ids = new List<string> { await registry.RegisteredAsync("shop", "tenant-1", "ledger") };
        for (var i = 0; i < 4; i++)
            ids.Add(await registry.RegisteredAsync("billing", $"attacker-{i}", $"work-{i}"));
        var tokens = Enumerable.Range(0, Attackers).Select(i => registry.Token("billing", $"attacker-{i}")).ToList();
        tokens.AddRange([registry.Token("billing", null), registry.Token("billing", null), registry.Token("billing", "attacker-1", "other"), registry.Token("billing", "attacker-2", lifetime: TimeSpan.FromMinutes(-5))]);
        using var page = await registry.Http.GetAsync("/v1/services?limit=1").Within();
        using var found = await registry.Http.GetAsync("/v1/namespaces/billing/services/work-1/instances").Within();
        await using var stream = await EndToEnd.StreamReader.OpenAsync(registry.Http, "/v1/watch?service=billing/work-1&service=billing/work-2");
        await stream.NextAsync();
        await stream.NextAsync();
        await stream.NextAsync("synced");
        return new(tokens, ids, [
            (string?)JsonNode.Parse(await page.Content.ReadAsStringAsync())!["continue"] ?? "x", page.Headers.GetValues("X-Registry-Revision").First(), found.Headers.ETag!.ToString(),
            (string)JsonNode.Parse(await found.Content.ReadAsStringAsync())!["revision"]!, stream.LastId ?? "x",
        ]);
    }

    private static async Task AttackAsync(HostileRequests requests, int port, int count, ConcurrentDictionary<int, int> statuses, ConcurrentQueue<string> faults)
    {
        using var connection = new HostileConnection(port);
        for (var i = 0; i < count; i++)
        {
            var request = requests.Next();
            var answer = await connection.SendAsync(request);
            statuses.AddOrUpdate(answer.Status, 1, static (_, seen) => seen + 1);
            if (Fault(request, answer) is { } fault && faults.Count < 20)
                faults.Enqueue($"{fault}\n{request.Shown}\n----\n{answer.Text}");
        }
    }

    /// <summary>What is wrong about an answer; null: nothing.</summary>
    private static string? Fault(HostileRequest request, HostileAnswer answer)
    {
        if (answer.Status is 0 or -1)
            return request.IsWhole && !request.MayWait ? "no answer" : null;
        if (answer.Status == 505)
            return request.IsWhole ? "505" : null;
        if (!Documented.Contains(answer.Status))
            return $"{answer.Status} is not documented";
        var at = answer.Text.IndexOf("\"code\":\"", StringComparison.Ordinal);
        if (answer.Status < 400 || !answer.Text.Contains("application/problem+json", StringComparison.Ordinal) || at < 0)
            return null;

        // The members come in any order; the code of the problem itself is the first.
        var code = answer.Text[(at + 8)..];
        code = code[..code.IndexOf('"', StringComparison.Ordinal)];
        return ProblemStatus.Codes.Contains(code) && ProblemStatus.StatusOf(code) == answer.Status ? null : $"code {code} with status {answer.Status}";
    }
}
