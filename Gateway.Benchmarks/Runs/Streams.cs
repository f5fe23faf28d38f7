using System.Text;
using Gateway.Benchmarks.Bare;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Processes;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Runs;

/// <summary>What the runs over event streams share.</summary>
internal static class Streams
{
    /// <summary>Shows every change of readiness as an event with the whole instance.</summary>
    public const string Query = "/watch?status=any";

    public static string PathOf(int service) => $"/v1/namespaces/shop/services/{PodTemplate.ServiceNameOf(service)}{Query}";

    public static byte[] Request(string path) => GatewayProcess.Get(path, "Accept: text/event-stream\r\n");

    /// <summary>Opens so many streams, over all services in turn.</summary>
    public static Task<LoadResult> OpenAsync(RunContext context, int port, int streams, int services) => context.Load.RunAsync(new LoadOrder(LoadKind.OpenStreams, port)
    {
        Connections = streams,
        Requests = [.. Enumerable.Range(0, Math.Min(streams, services)).Select(static service => Request(PathOf(service)))],
    });

    public static Task<LoadResult> CloseAsync(RunContext context) => context.Load.RunAsync(new LoadOrder(LoadKind.CloseStreams, 0));

    /// <summary>
    /// The first event of the gateway's stream, which a new stream of the yardstick gets, and the next one, which it gets for every change.
    /// </summary>
    public static async Task<BareAnswer> AnswerOfAsync(GatewayProcess gateway, ClusterProcess cluster)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{gateway.Port}{PathOf(0)}"));
        request.Headers.TryAddWithoutValidation("Accept", "text/event-stream");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(static header => header.Key is not ("Date" or "Transfer-Encoding" or "Connection"))
            .ToDictionary(static header => header.Key, static header => string.Join(", ", header.Value));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var snapshot = await EventAsync(lines, "event: snapshot");

        // Both states of the pod once, so that the cluster is as it was.
        await cluster.ChangeAsync(2, 1, 1);
        var change = await EventAsync(lines, "event: modified");
        return new BareAnswer(200, headers, Encoding.UTF8.GetBytes(snapshot)) { IsStream = true, Event = Encoding.UTF8.GetBytes(change) };
    }

    /// <summary>Counts what the open streams receive while <paramref name="change"/> runs and for as long after it as events still come.</summary>
    public static async Task<(LoadResult Result, ChangeLog Log)> CountAsync(RunContext context, int trackedPods, Func<Task<ChangeLog>> change)
    {
        await context.Load.RunAsync(new LoadOrder(LoadKind.CountEvents, 0) { TrackedPods = trackedPods });
        var log = await change();
        var take = new LoadOrder(LoadKind.TakeEvents, 0);
        var result = await context.Load.RunAsync(take);
        while (true)
        {
            await Task.Delay(100);
            var later = await context.Load.RunAsync(take);
            if (later.Events == result.Events)
                return (result, log);
            result = later;
        }
    }

    private static async Task<string> EventAsync(StreamReader lines, string first)
    {
        var text = new StringBuilder();
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.Length > 0)
            {
                text.Append(line).Append('\n');
                continue;
            }

            if (text.ToString().Contains(first, StringComparison.Ordinal))
                return text.Append('\n').ToString();
            text.Clear();
        }

        throw new InvalidOperationException($"The stream ended before \"{first}\".");
    }
}
