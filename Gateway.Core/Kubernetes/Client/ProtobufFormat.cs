using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using Gateway.Core.Kubernetes.Models.Decoding.Protobuf;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// The protobuf of Kubernetes: a third of the bytes of JSON. Field numbers are those of generated.proto in kubernetes/api and apimachinery.
/// </summary>
internal sealed class ProtobufFormat : AnswerFormat
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    public override string Name => "protobuf";

    public override bool IsUnreadable(Exception failure) => failure is MalformedMessageException;

    public override IFrameReader OpenWatch(Stream body, int maxFrameBytes) => new ProtobufFrameReader(body, maxFrameBytes);

    public override IListReader OpenList<T>(Stream body, int maxItemBytes, ResourceType<T> type) =>
        new ProtobufListReader(body, maxItemBytes, typeMeta => Envelope.IsKind(typeMeta.Span, $"{type.Kind}List", type.IsMetadataOnly ? "PartialObjectMetadataList" : null));

    // A WatchEvent (meta/v1): its type, and a RawExtension with the enveloped object.
    public override WatchFrame OpenFrame(ReadOnlySpan<byte> frame)
    {
        string? type = null;
        ReadOnlySpan<byte> body = default;
        var reader = new WireReader(frame);
        while (reader.Next())
        {
            if (reader.Field == 1)
                type = TypeOf(reader);
            else if (reader.Field == 2)
                body = RawOf(reader.Message);
        }

        if (type is null || body.IsEmpty)
            throw new MalformedMessageException("it has no type or no object.");
        return new(type, body);
    }

    public override Decoded<T> ReadObject<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
    {
        try
        {
            return ReadItem(Envelope.Open(body, type.Kind, type.IsMetadataOnly), type, context);
        }
        catch (MalformedMessageException failure)
        {
            return new(null, null, failure.Message);
        }
    }

    public override Decoded<T> ReadItem<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
    {
        try
        {
            var value = type.DecodeMessage(body, context);
            return new(value, value.Metadata, null);
        }
        catch (MalformedMessageException failure)
        {
            var metadata = ReadMetadata(body, context);
            return new(metadata is null ? null : type.Unreadable?.Invoke(metadata), metadata, failure.Message);
        }
    }

    public override (ulong Version, string Continue) ReadListMetadata(ReadOnlySpan<byte> body)
    {
        ulong version = 0;
        var next = "";
        var reader = new WireReader(body);
        while (reader.Next())
        {
            if (reader.Field == 2)
                version = MetadataMessage.VersionOf(reader.Bytes);
            else if (reader.Field == 3)
                next = reader.Text();
        }

        return (version, next);
    }

    public override (ulong Version, bool EndsInitialEvents) ReadBookmark<T>(ReadOnlySpan<byte> body, ResourceType<T> type)
    {
        ulong version = 0;
        var ends = false;
        var reader = new WireReader(Envelope.Open(body, type.Kind, type.IsMetadataOnly));
        while (reader.Next())
        {
            if (reader.Field != MetadataMessage.Field)
                continue;
            var metadata = reader.Message;
            while (metadata.Next())
            {
                if (metadata.Field == 6)
                    version = MetadataMessage.VersionOf(metadata.Bytes);
                else if (metadata.Field == 12)
                    ends |= IsEnd(metadata.Message);
            }
        }

        return (version, ends);
    }

    public override V1Status ReadStatus(ReadOnlySpan<byte> body) => StatusMessage.Read(Envelope.Open(body, "Status", mayBePartial: false));

    private static string TypeOf(WireReader reader)
    {
        var text = reader.Bytes;
        return text switch
        {
            _ when text.SequenceEqual("ADDED"u8) => "ADDED",
            _ when text.SequenceEqual("MODIFIED"u8) => "MODIFIED",
            _ when text.SequenceEqual("DELETED"u8) => "DELETED",
            _ => reader.Text(),
        };
    }

    private static ReadOnlySpan<byte> RawOf(WireReader reader)
    {
        ReadOnlySpan<byte> raw = default;
        while (reader.Next())
        {
            if (reader.Field == 1)
                raw = reader.Bytes;
        }

        return raw;
    }

    private static bool IsEnd(WireReader entry)
    {
        bool isKey = false, isTrue = false;
        while (entry.Next())
        {
            if (entry.Field == 1)
                isKey = System.Text.Ascii.Equals(entry.Bytes, InitialEventsEnd);
            else if (entry.Field == 2)
                isTrue = entry.Bytes.SequenceEqual("true"u8);
        }

        return isKey && isTrue;
    }

    private static ObjectMeta? ReadMetadata(ReadOnlySpan<byte> body, DecodeContext context)
    {
        try
        {
            return MetadataMessage.ReadFrom(body, context);
        }
        catch (MalformedMessageException)
        {
            return null;
        }
    }
}
