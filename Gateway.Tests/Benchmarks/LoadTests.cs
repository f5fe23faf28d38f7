using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gateway.Benchmarks.Bare;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Results;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Tests.Benchmarks;

/// <summary>The load generator counts what a server really answered.</summary>
public sealed class LoadTests : IAsyncLifetime
{
    private static readonly byte[] Get = Encoding.ASCII.GetBytes("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");

    private WebApplication _answering = null!;
    private WebApplication _control = null!;

    private int Port => new Uri(_answering.Urls.First()).Port;

    public async ValueTask InitializeAsync() => (_answering, _control) = await new BareServer().StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _answering.DisposeAsync();
        await _control.DisposeAsync();
    }

    [Theory]
    [InlineData(200, 100_000)]
    [InlineData(200, 10)]
    [InlineData(304, 0)]
    [InlineData(204, 0)]
    public async Task EveryRequestIsSentOnceAndEveryAnswerRead(int status, int length)
    {
        await AnswerAsync(new BareAnswer(status, new() { ["ETag"] = "W/\"1\"" }, new byte[length]));
        var order = new LoadOrder(LoadKind.Requests, Port) { Connections = 3, Pipeline = 4, Requests = [.. Enumerable.Repeat(Get, 100)] };

        var result = (await RunAsync(order)).ShouldHaveSingleItem();

        result.Statuses.ShouldBe(new Dictionary<int, long> { [status] = 100 });
        result.Bytes.ShouldBeGreaterThan(100L * length);
    }

    [Fact]
    public async Task AServerOnThePortOfOneThatHasEndedIsCalledOverANewConnection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var order = new LoadOrder(LoadKind.Requests, ((IPEndPoint)listener.LocalEndpoint).Port) { Requests = [Get] };
        using var load = new RequestLoad();

        for (var server = 0; server < 2; server++)
        {
            var answering = AnswerOnceAsync(listener);
            (await load.RunAsync(order).Within()).Statuses.ShouldBe(new Dictionary<int, long> { [204] = 1 });
            await answering.Within();
        }
    }

    // Returns once the connection is closed.
    private static async Task AnswerOnceAsync(TcpListener listener)
    {
        using var socket = await listener.AcceptSocketAsync();
        await socket.ReceiveAsync(new byte[1024].AsMemory());
        await socket.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray().AsMemory());
    }

    [Fact]
    public async Task EachStreamReceivesEachEventOfEachPod()
    {
        await AnswerAsync(new BareAnswer(200, new() { ["Content-Type"] = "text/event-stream" }, "event: snapshot\ndata: {\"name\":\"pod-0000001\"}\n\n"u8.ToArray())
        {
            IsStream = true,
            Event = "event: modified\ndata: {\"name\":\"pod-0000000\"}\n\n"u8.ToArray(),
        });
        using var streams = new StreamLoad();
        await streams.OpenAsync(new LoadOrder(LoadKind.OpenStreams, Port) { Connections = 5, Requests = [Get] });
        streams.Count(new LoadOrder(LoadKind.CountEvents, 0) { TrackedPods = 3 });
        using var http = new HttpClient();
        using var changes = await http.PostAsync(new Uri(new Uri(_control.Urls.First()), "changes?rate=6&seconds=1&pods=3"), null);
        var log = JsonSerializer.Deserialize(await changes.Content.ReadAsStringAsync(), ResultJson.Default.ChangeLog)!;

        await streams.ReceivedAsync(30).Within();

        log.Pods.ShouldBe([0, 1, 2, 0, 1, 2]);
        var seen = streams.Take().Changes;
        seen.Select(static one => (one.Pod, one.Number, one.Streams)).ShouldBe([(0, 0, 5), (0, 1, 5), (1, 0, 5), (1, 1, 5), (2, 0, 5), (2, 1, 5)]);
        seen.ShouldAllBe(one => one.First >= log.Ticks[one.Pod + (3 * one.Number)] && one.Last >= one.First);
    }

    [Fact]
    public async Task AnOrderThatCannotBeCarriedOutSaysWhyAndTheNextOneIs()
    {
        await AnswerAsync(new BareAnswer(200, [], []));
        var results = await RunAsync(
            new LoadOrder(LoadKind.Requests, 1) { Requests = [Get] }, new LoadOrder(LoadKind.Requests, Port) { Requests = [Get] });

        results.Select(static one => one.Failure is null).ShouldBe([false, true]);
    }

    private static async Task<List<LoadResult>> RunAsync(params LoadOrder[] orders)
    {
        var (input, output) = (new StringReader(string.Join('\n', orders.Select(static one => JsonSerializer.Serialize(one, ResultJson.Default.LoadOrder)))), new StringWriter());
        await LoadHost.RunAsync(input, output);
        return [.. output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonSerializer.Deserialize(line, ResultJson.Default.LoadResult)!)];
    }

    private async Task AnswerAsync(BareAnswer answer)
    {
        using var http = new HttpClient();
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(answer, ResultJson.Default.BareAnswer));
        using var done = await http.PutAsync(new Uri(new Uri(_control.Urls.First()), "answer"), content);
        done.EnsureSuccessStatusCode();
    }
}
