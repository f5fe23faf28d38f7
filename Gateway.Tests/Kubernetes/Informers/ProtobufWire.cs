using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Schema;
using Google.Protobuf;

namespace Gateway.Tests.Kubernetes.Informers;

/// <summary>What an API server would write in protobuf, made from what it would write in JSON; the encoder is the emulated API server's.</summary>
internal static class ProtobufWire
{
    public const string Media = "application/vnd.kubernetes.protobuf";
    public const string WatchMedia = Media + ";stream=watch";

    /// <summary>The message of an object without its envelope, as a list holds it.</summary>
    public static byte[] Message(string json, string kind)
    {
        using var document = JsonDocument.Parse(json);
        return ProtobufAnswer.Message(document.RootElement, FieldTable.Of(kind));
    }

    /// <summary>An object with its envelope: of a GET, or a Status.</summary>
    public static byte[] Object(string json) => ProtobufAnswer.Of(JsonNode.Parse(json)!.AsObject());

    /// <summary>A frame of the event that one of <see cref="Wire"/> would be.</summary>
    public static byte[] Frame(string jsonEvent)
    {
        var told = JsonNode.Parse(jsonEvent)!;
        return Frame((string)told["type"]!, ProtobufAnswer.Of(told["object"]!.AsObject()));
    }

    public static byte[] Frame(string type, byte[] enveloped) => Framed([.. Field(1, Encoding.UTF8.GetBytes(type)), .. Field(2, Field(1, enveloped))]);

    public static byte[] Framed(byte[] message)
    {
        var frame = new byte[4 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, message.Length);
        message.CopyTo(frame, 4);
        return frame;
    }

    /// <summary>A pod whose spec has a container without a name.</summary>
    public static byte[] UndecodablePod(string name, ulong version) =>
        [.. Field(1, [.. Field(1, Encoding.UTF8.GetBytes(name)), .. Field(3, "shop"u8.ToArray()), .. Field(6, Encoding.UTF8.GetBytes($"{version}"))]), .. Field(2, Field(2, Field(2, "image"u8.ToArray())))];

    public static byte[] Enveloped(string kind, byte[] message, string apiVersion = "v1") =>
        [.. "k8s\0"u8, .. Field(1, [.. Field(1, Encoding.UTF8.GetBytes(apiVersion)), .. Field(2, Encoding.UTF8.GetBytes(kind))]), .. Field(2, message), .. Field(3, []), .. Field(4, [])];

    public static byte[] List(ulong version, params byte[][] items) => Page("PodList", version, "", items);

    public static byte[] Page(string kind, ulong version, string next, params byte[][] items) => Enveloped(kind,
        [.. Field(1, [.. Field(1, []), .. Field(2, Encoding.UTF8.GetBytes($"{version}")), .. Field(3, Encoding.UTF8.GetBytes(next))]), .. items.SelectMany(static item => Field(2, item))]);

    /// <summary>A field of bytes, by a writer that is not ours.</summary>
    public static byte[] Field(int number, byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes));
        }

        return stream.ToArray();
    }
}
