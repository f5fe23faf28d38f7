using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Gateway.Tests.EndToEnd;

/// <summary>One open event stream, read in the background; a test takes its events one by one.</summary>
internal sealed class StreamReader : IAsyncDisposable
{
    private readonly Channel<ReceivedEvent> _events = Channel.CreateUnbounded<ReceivedEvent>();
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _reading;

    private StreamReader(HttpResponseMessage answer) => _reading = ReadAsync(answer);

    /// <summary>The id of the last event that was taken.</summary>
    public string? LastId { get; private set; }

    public static async Task<StreamReader> OpenAsync(HttpClient http, string path, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).Within();
        answer.EnsureSuccessStatusCode();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new StreamReader(answer);
    }

    public async Task<ReceivedEvent> NextAsync()
    {
        var next = await _events.Reader.ReadAsync().AsTask().Within();
        LastId = next.Id ?? LastId;
        return next;
    }

    public async Task<ReceivedEvent> NextAsync(string name)
    {
        var next = await NextAsync();
        next.Name.ShouldBe(name, $"{next.Data}");
        return next;
    }

    /// <summary>Takes events until one meets the condition.</summary>
    public async Task<ReceivedEvent> UntilAsync(Func<ReceivedEvent, bool> met)
    {
        while (true)
        {
            var next = await NextAsync();
            if (met(next))
                return next;
        }
    }

    /// <summary>Completes when the server has ended the stream.</summary>
    public Task Ended => _reading;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _reading;
        _ending.Dispose();
    }

    private async Task ReadAsync(HttpResponseMessage answer)
    {
        try
        {
            using var lines = new System.IO.StreamReader(await answer.Content.ReadAsStreamAsync(_ending.Token));
            var (name, id, data) = ("message", (string?)null, (string?)null);
            while (await lines.ReadLineAsync(_ending.Token) is { } line)
            {
                if (line.Length == 0)
                {
                    if (data is not null)
                        _events.Writer.TryWrite(new ReceivedEvent(name, id, JsonNode.Parse(data)!));
                    (name, data) = ("message", null);
                    continue;
                }

                if (line.StartsWith("event: ", StringComparison.Ordinal))
                    name = line["event: ".Length..];
                else if (line.StartsWith("id: ", StringComparison.Ordinal))
                    id = line["id: ".Length..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                    data = data + line["data: ".Length..];
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            // The stream has ended, by us or by the server.
        }
        finally
        {
            _events.Writer.TryComplete();
            answer.Dispose();
        }
    }
}
