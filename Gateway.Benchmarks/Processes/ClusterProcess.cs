using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Processes;

/// <summary>The fake API server in a process of its own.</summary>
internal sealed class ClusterProcess(ChildProcess process, Uri url) : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public Uri Url => url;

    public static async Task<ClusterProcess> StartAsync(ClusterShape shape)
    {
        var process = ChildProcess.OfSelf(new Dictionary<string, string> { ["DOTNET_gcServer"] = "0" }, "serve-cluster",
            shape.Pods.ToString(CultureInfo.InvariantCulture), shape.Services.ToString(CultureInfo.InvariantCulture), shape.OfFirst.ToString(CultureInfo.InvariantCulture));
        return new(process, new Uri(await process.ReadLineAsync()));
    }

    /// <summary>Changes the readiness of the first so many pods in turn.</summary>
    public Task<ChangeLog> ChangeAsync(int rate, int seconds, int pods) => ChangeAsync(new Uri(url, "bench/changes"), rate, seconds, pods);

    public static async Task<ChangeLog> ChangeAsync(Uri address, int rate, int seconds, int pods)
    {
        using var answer = await Http.PostAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"{address}?rate={rate}&seconds={seconds}&pods={pods}")), null);
        answer.EnsureSuccessStatusCode();
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), ResultJson.Default.ChangeLog)!;
    }

    public async Task SetCommitTimeAsync(double milliseconds) =>
        (await Http.PostAsync(new Uri(url, string.Create(CultureInfo.InvariantCulture, $"bench/latency?ms={milliseconds}")), null)).EnsureSuccessStatusCode();

    /// <summary>Patches and conflicts so far, and the ticks of the first request for pods since this was last called.</summary>
    public async Task<(long Patches, long Conflicts, long FirstList)> CountsAsync()
    {
        var counts = JsonNode.Parse(await Http.GetStringAsync(new Uri(url, "bench/counts")))!;
        return ((long)counts["patches"]!, (long)counts["conflicts"]!, (long)counts["firstList"]!);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
