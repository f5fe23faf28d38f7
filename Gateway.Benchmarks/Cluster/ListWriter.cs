using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Cluster;

/// <summary>Writes lists, streaming lists and watches as fast as bytes can be written.</summary>
internal sealed class ListWriter(ClusterState state)
{
    private const int FlushBytes = 256 * 1024;

    public static async Task ListAsync(HttpContext context, PreparedKind kind, WireFormat format, bool isEmpty)
    {
        var items = isEmpty ? [] : kind.Items(format);
        var output = context.Response.BodyWriter;
        var heads = format == WireFormat.Json ? 0 : items.Sum(static item => (long)(1 + Protobuf.VarintLength((ulong)item.Length)));
        output.Write(PreparedKind.ListHead(format, kind.ApiVersion, kind.Kind, ClusterShape.FirstVersion, heads + items.Sum(static item => (long)item.Length)));
        for (var i = 0; i < items.Length; i++)
        {
            if (format == WireFormat.Json && i > 0)
                output.Write(","u8);
            if (format == WireFormat.Protobuf)
                output.Write(ItemHead(items[i].Length));
            output.Write(items[i]);
            await FlushAsync(output, context.RequestAborted);
        }

        output.Write(PreparedKind.ListEnd(format));
        await output.FlushAsync(context.RequestAborted);
    }

    public async Task ListPodsAsync(HttpContext context, WireFormat format, bool isEmpty)
    {
        var (pods, version) = state.Snapshot();
        if (isEmpty)
            pods = [];
        var encoder = state.EncoderOf(format);
        var output = context.Response.BodyWriter;
        output.Write(PreparedKind.ListHead(format, "v1", "Pod", version, format == WireFormat.Json ? 0 : pods.Sum(pod => (long)encoder.ItemLength(pod))));
        for (var i = 0; i < pods.Length; i++)
        {
            if (format == WireFormat.Json && i > 0)
                output.Write(","u8);
            var length = encoder.ItemLength(pods[i]);
            encoder.WriteItem(output.GetSpan(length), pods[i]);
            output.Advance(length);
            await FlushAsync(output, context.RequestAborted);
        }

        output.Write(PreparedKind.ListEnd(format));
        await output.FlushAsync(context.RequestAborted);
    }

    public static async Task WatchAsync(HttpContext context, PreparedKind kind, WireFormat format, bool sendInitialEvents, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        if (sendInitialEvents)
        {
            foreach (var item in kind.Items(format))
            {
                output.Write(kind.Frame(format, item));
                await FlushAsync(output, cancellationToken);
            }

            output.Write(PreparedKind.InitialEventsEnd(format, kind.ApiVersion, kind.Kind, ClusterShape.FirstVersion));
        }

        await output.FlushAsync(cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public async Task WatchPodsAsync(HttpContext context, WireFormat format, bool sendInitialEvents, long version, CancellationToken cancellationToken)
    {
        var output = context.Response.BodyWriter;
        var encoder = state.EncoderOf(format);
        if (sendInitialEvents)
        {
            (var pods, version) = state.Snapshot();
            foreach (var pod in pods)
            {
                output.Write(encoder.Frame("ADDED", pod));
                await FlushAsync(output, cancellationToken);
            }

            output.Write(PreparedKind.InitialEventsEnd(format, "v1", "Pod", version));
        }

        var frames = Channel.CreateUnbounded<PodFrame>(new() { SingleReader = true });
        foreach (var changed in state.Follow(version, frames.Writer))
            output.Write(encoder.Frame("MODIFIED", changed));
        try
        {
            await output.FlushAsync(cancellationToken);
            while (await frames.Reader.WaitToReadAsync(cancellationToken))
            {
                while (frames.Reader.TryRead(out var frame))
                    output.Write(frame.Bytes(format));
                await output.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            state.Leave(frames.Writer);
        }
    }

    private static ValueTask<FlushResult> FlushAsync(PipeWriter output, CancellationToken cancellationToken) =>
        output.UnflushedBytes >= FlushBytes ? output.FlushAsync(cancellationToken) : default;

    private static byte[] ItemHead(int length)
    {
        using var bytes = new MemoryStream();
        Protobuf.WriteHead(bytes, 2, (ulong)length);
        return bytes.ToArray();
    }
}
