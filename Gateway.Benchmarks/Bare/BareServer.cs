using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Gateway.Benchmarks.Cluster;
using Gateway.Benchmarks.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gateway.Benchmarks.Bare;

/// <summary>One answer, as the gateway gave it.</summary>
internal sealed record BareAnswer(int Status, Dictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The answer is a stream: it stays open, and changes are sent to it.</summary>
    public bool IsStream { get; init; }

    /// <summary>An event of a stream; the seven digits after <c>pod-</c> are replaced by those of the pod that changes.</summary>
    public byte[] Event { get; init; } = [];
}

/// <summary>
/// The yardstick: Kestrel with <c>app.Run</c> and nothing between. A second server in the process, on another port, says what it answers.
/// </summary>
internal sealed class BareServer
{
    // Replaced by the control port; each request reads it once.
    private volatile BareAnswer _answer = new(200, [], []);
    private readonly Lock _gate = new();
    private readonly HashSet<ChannelWriter<byte[]>> _streams = [];

    /// <summary>The URLs of the answering port, of the one for HTTP/2 alone, and of the control port.</summary>
    public async Task<(WebApplication Answering, WebApplication Control)> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            foreach (var protocol in new[] { HttpProtocols.Http1, HttpProtocols.Http2 })
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocol);
        });
        var answering = builder.Build();
        answering.Run(AnswerAsync);
        await answering.StartAsync();

        var controls = WebApplication.CreateSlimBuilder();
        controls.Logging.ClearProviders();
        var control = controls.Build();
        control.Urls.Add("http://127.0.0.1:0");
        control.Run(ControlAsync);
        await control.StartAsync();
        return (answering, control);
    }

    private Task AnswerAsync(HttpContext context)
    {
        var answer = _answer;
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
            context.Response.Headers[name] = value;
        if (answer.IsStream)
            return StreamAsync(context, answer);
        if (answer.Body.Length == 0)
            return Task.CompletedTask;
        context.Response.ContentLength = answer.Body.Length;
        return context.Response.Body.WriteAsync(answer.Body).AsTask();
    }

    private async Task StreamAsync(HttpContext context, BareAnswer answer)
    {
        var events = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });
        lock (_gate)
            _streams.Add(events.Writer);
        var output = context.Response.BodyWriter;
        try
        {
            await output.WriteAsync(answer.Body, context.RequestAborted);
            while (await events.Reader.WaitToReadAsync(context.RequestAborted))
            {
                while (events.Reader.TryRead(out var frame))
                    output.Write(frame);
                await output.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            lock (_gate)
                _streams.Remove(events.Writer);
        }
    }

    private async Task ControlAsync(HttpContext context)
    {
        if (context.Request.Path == "/answer")
        {
            _answer = (await JsonSerializer.DeserializeAsync(context.Request.Body, ResultJson.Default.BareAnswer, context.RequestAborted))!;
            return;
        }

        var log = await ChangeRun.RunAsync(context.Request.Query, Change, int.MaxValue, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(log, ResultJson.Default.ChangeLog, cancellationToken: context.RequestAborted);
    }

    private void Change(int pod)
    {
        byte[] frame = [.. _answer.Event];
        if (frame.AsSpan().IndexOf("pod-"u8) is var at and >= 0)
            Encoding.ASCII.GetBytes(pod.ToString("D7", CultureInfo.InvariantCulture), frame.AsSpan(at + 4));
        lock (_gate)
        {
            foreach (var stream in _streams)
                stream.TryWrite(frame);
        }
    }
}
