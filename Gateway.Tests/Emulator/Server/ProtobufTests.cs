using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Http;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Storage;
using Google.Protobuf;

namespace Gateway.Tests.Emulator.Server;

/// <summary>What the emulated API server sends as protobuf, against bytes of a real one and a reader that is not ours.</summary>
public sealed class ProtobufTests
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";

    [Fact]
    public void ARecordedPodIsEncodedInTheSameBytes()
    {
        var bytes = ProtobufAnswer.Of(RecordedPod(), ObjectView.Full);
        bytes.Length.ShouldBe(1993);
        Convert.ToHexStringLower(bytes.AsSpan(0, 96)).ShouldBe(FirstBytes("47-protobuf-get"));
    }

    [Fact]
    public async Task ARecordedWatchFrameIsEncodedInTheSameBytes()
    {
        // The pod was patched in between: its metadata was 141 bytes longer.
        await using var api = await EmulatedApi.StartAsync();
        var pod = RecordedPod(new string('1', 140));
        var frame = await FrameOfAsync(api, pod);
        frame.Length.ShouldBe(2154);
        Convert.ToHexStringLower(frame.AsSpan(0, 96)).ShouldBe(FirstBytes("48-protobuf-watch"));
    }

    [Fact]
    public async Task AListIsAnEnvelopeWithItsMetadataAndItems()
    {
        await using var api = await EmulatedApi.StartAsync();
        api.Pod("a");
        api.Pod("b");
        var (media, body) = await GetAsync(api, EmulatedApi.Pods, Protobuf + ",application/json");
        media.ShouldBe(Protobuf);
        body[..4].ShouldBe("k8s\0"u8.ToArray());
        Text(Field(Field(body[4..], 1)[0], 2)[0]).ShouldBe("PodList");
        var list = Field(body[4..], 2)[0];
        Text(Field(Field(list, 1)[0], 2)[0]).ShouldBe(api.Cluster.Storage.Version.ToString());
        Field(list, 2).Select(static item => Text(Field(Field(item, 1)[0], 1)[0])).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task PartialObjectsAndFailuresAreProtobufToo()
    {
        await using var api = await EmulatedApi.StartAsync();
        var (_, list) = await GetAsync(api, "/api/v1/namespaces", Protobuf + ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
        Text(Field(Field(list[4..], 1)[0], 2)[0]).ShouldBe("PartialObjectMetadataList");
        Field(Field(list[4..], 2)[0], 2).ShouldAllBe(static item => Field(item, 2).Count == 0);

        var (media, status) = await GetAsync(api, EmulatedApi.Pods + "/none", Protobuf + ",application/json");
        media.ShouldBe(Protobuf);
        Text(Field(Field(status[4..], 2)[0], 4)[0]).ShouldBe("NotFound");
    }

    [Fact]
    public async Task AServerWithoutProtobufAnswersInJsonOrNotAtAll()
    {
        await using var api = await EmulatedApi.StartAsync(static options => options with { Protobuf = false });
        (await GetAsync(api, EmulatedApi.Pods, Protobuf + ",application/json")).Media.ShouldBe("application/json");
        (await api.SendAsync("GET", EmulatedApi.Pods, accept: Protobuf)).Status.ShouldBe((int)HttpStatusCode.NotAcceptable);
    }

    [Fact]
    public void WhatIsDecodedIsEncodedInTheSameBytes()
    {
        var bytes = ProtobufAnswer.Of(RecordedPod(), ObjectView.Full);
        var decoded = ProtobufBody.Read(bytes, "Pod").ShouldNotBeNull();
        ProtobufAnswer.Of(StoredObject.From(ResourceKinds.Pods, decoded, 45186), ObjectView.Full).ShouldBe(bytes);
    }

    private static StoredObject RecordedPod(string annotation = "1")
    {
        var list = JsonNode.Parse(Recording.Read("02-list-pods").Answer)!.AsObject();
        var pod = list["items"]![0]!.DeepClone().AsObject();
        pod["metadata"]!["annotations"]!["x/y"] = annotation;
        return StoredObject.From(ResourceKinds.Pods, pod, 45186);
    }

    private static string FirstBytes(string recording) => Recording.Read(recording).Answer.Split(": ")[1];

    private static async Task<byte[]> FrameOfAsync(EmulatedApi api, StoredObject pod)
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        var body = new MemoryStream();
        context.Response.Body = body;
        var frames = new Gateway.Emulator.Watching.FrameWriter(
            context.Response, new ObservedRequest("GET", EmulatedApi.Pods, "?watch=1", ""), api.Cluster.Faults, new(ObjectView.Full, true), TimeProvider.System);
        frames.Add(new Gateway.Emulator.Watching.WatchEvent(ChangeType.Modified, pod));
        await frames.FlushAsync(EmulatedApi.Deadline);
        var frame = body.ToArray();
        BinaryPrimitives.ReadInt32BigEndian(frame).ShouldBe(frame.Length - 4);
        return frame;
    }

    private static async Task<(string? Media, byte[] Body)> GetAsync(EmulatedApi api, string target, string accept)
    {
        using var client = new HttpClient { BaseAddress = api.Cluster.Url, Timeout = EmulatedApi.Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await client.SendAsync(request, EmulatedApi.Deadline);
        return (response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync(EmulatedApi.Deadline));
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static List<byte[]> Field(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field)
                found.Add(input.ReadBytes().ToByteArray());
            else
                input.SkipLastField();
        }

        return found;
    }
}
