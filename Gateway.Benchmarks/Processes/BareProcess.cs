using System.Net.Http.Json;
using Gateway.Benchmarks.Bare;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Processes;

/// <summary>Bare Kestrel in a process of its own, with the garbage collector's mode of the gateway.</summary>
internal sealed class BareProcess(ChildProcess process, int port, int http2Port, Uri control) : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public ChildProcess Process => process;

    public int Port => port;

    public int Http2Port => http2Port;

    public static async Task<BareProcess> StartAsync(GatewayBuild build)
    {
        var process = ChildProcess.OfSelf(build.CollectorSettings(), "serve-bare");
        var urls = (await process.ReadLineAsync()).Split(' ');
        return new(process, new Uri(urls[0]).Port, new Uri(urls[1]).Port, new Uri(urls[2]));
    }

    public async Task AnswerWithAsync(BareAnswer answer)
    {
        using var done = await Http.PutAsJsonAsync(new Uri(control, "answer"), answer, ResultJson.Default.BareAnswer);
        done.EnsureSuccessStatusCode();
    }

    /// <summary>Sends so many events to every stream.</summary>
    public Task<ChangeLog> ChangeAsync(int rate, int seconds, int pods) => ClusterProcess.ChangeAsync(new Uri(control, "changes"), rate, seconds, pods);

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
