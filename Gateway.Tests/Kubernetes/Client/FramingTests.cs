using System.Text;
using Gateway.Core.Kubernetes.Client.Framing;

namespace Gateway.Tests.Kubernetes.Client;

public sealed class FramingTests
{
    private const string Stream = """{"a":"}\"\\"}{"b":[{"c":"[é"}]}""" + "\n\r\n {}";
    private static readonly string[] Frames = ["""{"a":"}\"\\"}""", """{"b":[{"c":"[é"}]}""", "{}"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FramesAreTheSameWhereverTheBytesAreCut()
    {
        var length = Encoding.UTF8.GetByteCount(Stream);
        for (var first = 0; first <= length; first++)
        {
            for (var second = first; second <= length; second++)
                (await ReadAsync(Stream, first, second)).ShouldBe(Frames);
        }
    }

    [Fact]
    public async Task FramesAreTheSameByteByByte() => (await ReadAsync(Stream, [.. Enumerable.Range(1, 200)])).ShouldBe(Frames);

    [Fact]
    public async Task AFrameLargerThanTheBufferIsReadWhole()
    {
        var large = $$"""{"a":"{{new string('x', 300_000)}}"}""";
        (await ReadAsync(large + "{}" + large, 10, 70_000)).ShouldBe([large, "{}", large]);
    }

    [Fact]
    public async Task AFrameLargerThanTheCapIsUnreadable()
    {
        using var bytes = new JsonByteStream(new PiecewiseStream(Encoding.UTF8.GetBytes($$"""{"a":"{{new string('x', 100_000)}}"}"""), []), 50_000);
        await Should.ThrowAsync<UnreadableFrameException>(async () => await new WatchFrameReader(bytes).ReadAsync(Token));
    }

    [Fact]
    public async Task AnEndInsideAFrameIsNoFrame()
    {
        using var bytes = new JsonByteStream(new PiecewiseStream("""{"a":1}{"b":"""u8.ToArray(), []), 1000);
        var frames = new WatchFrameReader(bytes);
        (await frames.ReadAsync(Token)).ShouldNotBeNull();
        await Should.ThrowAsync<EndOfStreamException>(async () => await frames.ReadAsync(Token));
    }

    [Fact]
    public async Task WhatIsNoObjectIsUnreadable()
    {
        using var bytes = new JsonByteStream(new PiecewiseStream("bad gateway"u8.ToArray(), []), 1000);
        await Should.ThrowAsync<UnreadableFrameException>(async () => await new WatchFrameReader(bytes).ReadAsync(Token));
    }

    private static async Task<List<string>> ReadAsync(string text, params int[] cuts)
    {
        using var bytes = new JsonByteStream(new PiecewiseStream(Encoding.UTF8.GetBytes(text), cuts), 1_000_000);
        var frames = new WatchFrameReader(bytes);
        List<string> read = [];
        while (await frames.ReadAsync(Token) is { } frame)
            read.Add(Encoding.UTF8.GetString(frame.Span));
        return read;
    }
}

/// <summary>Gives its bytes out in pieces that end at the cuts.</summary>
internal sealed class PiecewiseStream(byte[] bytes, int[] cuts) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var end = cuts.Where(cut => cut > Position).DefaultIfEmpty(int.MaxValue).First();
        var length = (int)Math.Min(buffer.Length, Math.Min(end, Length) - Position);
        return ValueTask.FromResult(Read(buffer.Span[..length]));
    }
}
