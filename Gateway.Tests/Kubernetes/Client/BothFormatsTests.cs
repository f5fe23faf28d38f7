using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using Gateway.Tests.Hostile;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>The same object is decoded from JSON and from protobuf; the encoder is the emulated API server's, which shares no code with the decoder.</summary>
public sealed class BothFormatsTests(ITestOutputHelper output)
{
    private static readonly JsonSerializerOptions Shown = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void RandomObjectsAreTheSameFromEitherFormat()
    {
        var random = new Random(HostileRun.Seed(output));
        var objects = new RandomObjects(random);
        Func<string, bool>? keep = random.Once(2) ? null : static key => key.StartsWith("registry-gateway.io/", StringComparison.Ordinal);
        for (var i = HostileRun.Count(small: 400, full: 20_000); i > 0; i--)
        {
            Compare(ResourceTypes.Pods, objects, keep);
            Compare(ResourceTypes.Services, objects, null);
            Compare(ResourceTypes.EndpointSlices, objects, null);
            Compare(ResourceTypes.Endpoints, objects, null);
            Compare(ResourceTypes.Nodes, objects, null);
            Compare(ResourceTypes.Namespaces, objects, null);
        }
    }

    [Theory]
    [InlineData("01-get-pod")]
    [InlineData("35-pod-terminating")]
    public void RecordedPodsAreTheSameFromEitherFormat(string recording) =>
        CompareOne(ResourceTypes.Pods, JsonNode.Parse(Recording.Read(recording).Answer)!.AsObject(), null);

    [Fact]
    public void OtherRecordedObjectsAreTheSameFromEitherFormat()
    {
        CompareOne(ResourceTypes.Services, JsonNode.Parse(Recording.Read("37-service").Answer)!.AsObject(), null);
        CompareOne(ResourceTypes.Endpoints, One("31-endpoints"), null);
        CompareOne(ResourceTypes.Endpoints, One("34-endpoints-not-ready"), null);
        CompareOne(ResourceTypes.EndpointSlices, One("32-endpointslices"), null);
        CompareOne(ResourceTypes.EndpointSlices, One("36-endpointslices-terminating"), null);

        static JsonObject One(string recording)
        {
            var answer = JsonNode.Parse(Recording.Read(recording).Answer)!.AsObject();
            return answer["items"] is JsonArray items ? items[0]!.DeepClone().AsObject() : answer;
        }
    }

    [Theory]
    [InlineData("47-protobuf-get", 4 + 11 + 3)]
    [InlineData("48-protobuf-watch", 4 + 10 + 3 + 3 + 4 + 11 + 3)]
    public void TheFirstBytesOfARecordedPodAreItsMetadata(string recording, int start)
    {
        // Of each recording 96 bytes are there: the metadata up to its uid.
        var bytes = Convert.FromHexString(Recording.Read(recording).Answer.Split(": ")[1])[start..];
        bytes[0].ShouldBe((byte)0x0A);
        var metadata = new Gateway.Core.Kubernetes.Models.Decoding.Protobuf.WireReader(bytes.AsSpan(3));
        List<(int, string)> read = [];
        while (read.Count < 4 && metadata.Next())
            read.Add((metadata.Field, metadata.Text()));
        read.ShouldBe([(1, "orders-1"), (2, ""), (3, "shop"), (4, "")]);
    }

    [Fact]
    public void EqualTextIsOneObjectInEitherFormat()
    {
        var context = new DecodeContext(new StringPool(), null);
        var json = Wire.Pod("a", 1);
        var first = AnswerFormat.Json.ReadObject(System.Text.Encoding.UTF8.GetBytes(json), ResourceTypes.Pods, context).Object!;
        var second = AnswerFormat.Protobuf.ReadObject(ProtobufWire.Object(json), ResourceTypes.Pods, context).Object!;
        second.Metadata.Namespace.ShouldBeSameAs(first.Metadata.Namespace);
        second.Metadata.Labels.ShouldBeSameAs(first.Metadata.Labels);
        second.NodeName.ShouldBeSameAs(first.NodeName);
        second.Containers[0].ShouldBeSameAs(first.Containers[0]);
    }

    [Fact]
    public void AnObjectOfAnotherKindIsNotDecoded()
    {
        var context = new DecodeContext(new StringPool(), null);
        var pod = ProtobufWire.Object(Wire.Pod("a", 1));
        AnswerFormat.Protobuf.ReadObject(pod, ResourceTypes.Services, context).ShouldBe(new(null, null, "The object's kind is not Service."));
        AnswerFormat.Protobuf.ReadObject(pod, ResourceTypes.Nodes, context).Metadata.ShouldBeNull();
        AnswerFormat.Protobuf.ReadObject(pod.AsSpan(4), ResourceTypes.Pods, context).Failure.ShouldNotBeNull();
        AnswerFormat.Protobuf.ReadObject(ProtobufWire.Enveloped("PartialObjectMetadata", ProtobufWire.Message(Wire.Pod("a", 1), "Pod")), ResourceTypes.Nodes, context).Object!.Metadata.Name.ShouldBe("a");
    }

    [Fact]
    public void AStatusIsTheSameFromEitherFormat()
    {
        foreach (var json in new[] { Wire.Status(410, "Expired"), Wire.TooLarge(), Wire.Status(429, "TooManyRequests", retryAfterSeconds: 3), Recording.Read("16-patch-annotations-too-long").Answer })
        {
            var status = JsonNode.Parse(json)!.AsObject();
            if (status["details"]?["causes"] is JsonArray { Count: 0 })
                status["details"]!.AsObject().Remove("causes");
            json.ShouldNotBeEmpty();
            var fromJson = AnswerFormat.Json.ReadStatus(System.Text.Encoding.UTF8.GetBytes(status.ToJsonString()));
            fromJson.Metadata = null;
            JsonSerializer.Serialize(AnswerFormat.Protobuf.ReadStatus(ProtobufWire.Object(json))).ShouldBe(JsonSerializer.Serialize(fromJson));
        }

        AnswerFormat.Protobuf.TryReadStatus("<html>"u8).ShouldBeNull();
        AnswerFormat.Protobuf.TryReadStatus(ProtobufWire.Object(Wire.Pod("a", 1))).ShouldBeNull();
    }

    private static void Compare<T>(ResourceType<T> type, RandomObjects objects, Func<string, bool>? keep)
        where T : class, IKubernetesObject => CompareOne(type, objects.Of(type.Kind), keep);

    private static void CompareOne<T>(ResourceType<T> type, JsonObject content, Func<string, bool>? keep)
        where T : class, IKubernetesObject
    {
        content["kind"] = type.Kind;
        content["apiVersion"] = type.Plural == "endpointslices" ? "discovery.k8s.io/v1" : "v1";
        var text = content.ToJsonString();
        var fromJson = AnswerFormat.Json.ReadObject(System.Text.Encoding.UTF8.GetBytes(text), type, new DecodeContext(new StringPool(), keep));
        var fromProtobuf = AnswerFormat.Protobuf.ReadObject(ProtobufWire.Object(text), type, new DecodeContext(new StringPool(), keep));
        fromJson.Failure.ShouldBeNull(text);
        fromProtobuf.Failure.ShouldBeNull(text);
        JsonSerializer.Serialize(fromProtobuf.Object, Shown).ShouldBe(JsonSerializer.Serialize(fromJson.Object, Shown), text);
    }
}
