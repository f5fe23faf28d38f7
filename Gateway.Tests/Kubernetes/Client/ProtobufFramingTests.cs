using System.Text;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models.Decoding;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>Frames and lists in protobuf, cut anywhere, truncated anywhere, and with lengths that do not hold.</summary>
public sealed class ProtobufFramingTests
{
    private const int Cap = 100_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FramesAreTheSameWhereverTheBytesAreCut()
    {
        byte[][] messages = [[], "a"u8.ToArray(), Encoding.UTF8.GetBytes(new string('b', 300)), [0, 0, 0, 4]];
        byte[] stream = [.. messages.SelectMany(ProtobufWire.Framed)];
        for (var cut = 0; cut <= stream.Length; cut++)
            (await ReadAsync(stream, cut)).ShouldBe(messages.Select(Convert.ToHexString));
        (await ReadAsync(stream, [.. Enumerable.Range(1, stream.Length)])).ShouldBe(messages.Select(Convert.ToHexString));
    }

    [Fact]
    public async Task AFrameLargerThanTheBufferIsReadWhole()
    {
        var large = new byte[Cap];
        large.AsSpan().Fill(7);
        (await ReadAsync([.. ProtobufWire.Framed(large), .. ProtobufWire.Framed([1])], 10, 70_000)).ShouldBe([Convert.ToHexString(large), "01"]);
    }

    [Theory]
    [InlineData(0x00, 0x01, 0x86, 0xA1)]
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF)]
    [InlineData(0x7B, 0x22, 0x74, 0x79)]
    public async Task ALengthOverTheCapIsUnreadableAndNotWaitedFor(byte one, byte two, byte three, byte four)
    {
        using var frames = new ProtobufFrameReader(new PiecewiseStream([one, two, three, four], []), Cap);
        await Should.ThrowAsync<UnreadableFrameException>(async () => await frames.ReadAsync(Token));
    }

    [Fact]
    public async Task AnEndInsideAFrameOrItsLengthIsNoFrame()
    {
        var frame = ProtobufWire.Framed([1, 2, 3]);
        for (var length = 1; length < frame.Length; length++)
        {
            using var frames = new ProtobufFrameReader(new PiecewiseStream([.. frame, .. frame[..length]], []), Cap);
            (await frames.ReadAsync(Token)).ShouldNotBeNull();
            await Should.ThrowAsync<EndOfStreamException>(async () => await frames.ReadAsync(Token));
        }
    }

    [Fact]
    public async Task AListIsTheSameWhereverTheBytesAreCut()
    {
        var list = ProtobufWire.Page("PodList", 100, "next", Item("a"), Item("b"));
        for (var cut = 0; cut <= list.Length; cut++)
            Shown(await ListAsync(list, cut)).ShouldBe("a b at 100 next");
        Shown(await ListAsync(list, [.. Enumerable.Range(1, list.Length)])).ShouldBe("a b at 100 next");
    }

    [Fact]
    public async Task AListThatEndsEarlyIsCutOff()
    {
        var list = ProtobufWire.List(100, Item("a"), Item("b"));

        // The envelope ends with two empty fields of two bytes: without them the list is whole.
        for (var length = 0; length < list.Length - 4; length++)
            await Should.ThrowAsync<EndOfStreamException>(() => ListAsync(list[..length]));
        Shown(await ListAsync(list[..^4])).ShouldBe("a b at 100 ");
    }

    [Fact]
    public async Task UnknownFieldsOfEveryWireTypeAreSkipped()
    {
        byte[] unknown = [0x78, 0x96, 0x01, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7A, 3, 1, 2, 3, 0x7D, 1, 2, 3, 4];
        byte[] list = [.. unknown, .. ProtobufWire.Field(1, ProtobufWire.Field(2, "100"u8.ToArray())), .. unknown, .. ProtobufWire.Field(2, [.. unknown, .. Item("a"), .. unknown]), .. unknown];
        Shown(await ListAsync([.. ProtobufWire.Enveloped("PodList", list), .. unknown])).ShouldBe("a at 100 ");
    }

    public static TheoryData<string, byte[]> Unreadable => new()
    {
        { "no envelope", [.. "k8s!"u8, .. ProtobufWire.List(100)[4..]] },
        { "JSON", Encoding.UTF8.GetBytes(Wire.List(100)) },
        { "of another kind", ProtobufWire.Page("ServiceList", 100, "") },
        { "without a version", ProtobufWire.Enveloped("PodList", ProtobufWire.Field(2, Item("a"))) },
        { "with a version that is no number", ProtobufWire.Enveloped("PodList", ProtobufWire.Field(1, ProtobufWire.Field(2, "x"u8.ToArray()))) },
        { "an item longer than the list", ProtobufWire.Enveloped("PodList", [.. ProtobufWire.Field(1, ProtobufWire.Field(2, "9"u8.ToArray())), 0x12, 0x7F, 1]) },
        { "an item over the cap", ProtobufWire.Enveloped("PodList", ProtobufWire.Field(2, new byte[Cap + 1])) },
        { "an item that is a number", ProtobufWire.Enveloped("PodList", [0x10, 0x01]) },
        { "a field without a number", ProtobufWire.Enveloped("PodList", [0x02, 0x00]) },
        { "a group", ProtobufWire.Enveloped("PodList", [0x1B, 0x1C]) },
        { "a number without an end", ProtobufWire.Enveloped("PodList", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]) },
        { "compressed", [.. ProtobufWire.List(100)[..^4], .. ProtobufWire.Field(3, "gzip"u8.ToArray())] },
        { "two lists", [.. ProtobufWire.List(100), .. ProtobufWire.Field(2, [])] },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task WhatIsNoListIsUnreadable(string name, byte[] body)
    {
        name.ShouldNotBeEmpty();
        await Should.ThrowAsync<UnreadableFrameException>(() => ListAsync(body));
    }

    [Fact]
    public async Task AnItemThatDoesNotDecodeHidesNoOther()
    {
        var list = await ListAsync(ProtobufWire.List(100, Item("a"), ProtobufWire.UndecodablePod("odd", 41), [0xff], ProtobufWire.Field(1, []), Item("b")));
        list.Items.Select(static pod => (pod.Metadata.Name, pod.Unreadable)).ShouldBe([("a", false), ("odd", true), ("b", false)]);
        list.Unreadable.Select(static item => item.Key?.Name).ShouldBe(["odd", null, null]);
    }

    private static byte[] Item(string name) => ProtobufWire.Message(Wire.Pod(name, 40), "Pod");

    private static string Shown(KubernetesList<Gateway.Core.Kubernetes.Models.Pod> list) =>
        $"{string.Join(' ', list.Items.Select(static pod => pod.Metadata.Name))} at {list.Version} {list.Continue}";

    private static Task<KubernetesList<Gateway.Core.Kubernetes.Models.Pod>> ListAsync(byte[] body, params int[] cuts) => ListDecoder.ReadAsync(
        AnswerFormat.Protobuf, new PiecewiseStream(body, cuts), Cap, ResourceTypes.Pods, new DecodeContext(new StringPool(), null), static () => { }, Token);

    private static async Task<List<string>> ReadAsync(byte[] stream, params int[] cuts)
    {
        using var frames = new ProtobufFrameReader(new PiecewiseStream(stream, cuts), Cap);
        List<string> read = [];
        while (await frames.ReadAsync(Token) is { } frame)
            read.Add(Convert.ToHexString(frame.Span));
        return read;
    }
}
