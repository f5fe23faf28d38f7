using System.Text.Json;
using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>JSON: what every API server speaks.</summary>
internal sealed class JsonFormat : AnswerFormat
{
    public override string Name => "json";

    public override bool IsUnreadable(Exception failure) => JsonReading.IsUnreadable(failure);

    public override IFrameReader OpenWatch(Stream body, int maxFrameBytes) => new WatchFrameReader(new JsonByteStream(body, maxFrameBytes));

    public override IListReader OpenList<T>(Stream body, int maxItemBytes, ResourceType<T> type) => new ListMemberReader(new JsonByteStream(body, maxItemBytes));

    public override WatchFrame OpenFrame(ReadOnlySpan<byte> frame)
    {
        string? type = null;
        (int Start, int Length)? body = null;
        var reader = new Utf8JsonReader(frame);
        reader.Read();
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("type"u8))
            {
                type = ReadType(ref reader);
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                body = (start, (int)reader.BytesConsumed - start);
            }
            else
            {
                reader.Skip();
            }
        }

        if (type is null || body is null || frame[body.Value.Start] != '{')
            throw new JsonException("it has no type or no object.");
        return new(type, frame.Slice(body.Value.Start, body.Value.Length));
    }

    public override Decoded<T> ReadObject<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            if (!reader.IsObject())
                throw new JsonException("An object is expected, not null.");
            var value = type.Decode(ref reader, context);
            return new(value, value.Metadata, null);
        }
        catch (Exception failure) when (JsonReading.IsUnreadable(failure))
        {
            var metadata = ReadMetadata(body, type, context);
            return new(metadata is null ? null : type.Unreadable?.Invoke(metadata), metadata, failure.Message);
        }
    }

    public override Decoded<T> ReadItem<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context) => ReadObject(body, type, context);

    public override (ulong Version, string Continue) ReadListMetadata(ReadOnlySpan<byte> body)
    {
        ulong version = 0;
        var next = "";
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (!reader.IsObject())
            return default;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("resourceVersion"u8))
                version = reader.ReadVersion();
            else if (reader.ValueTextEquals("continue"u8))
                next = reader.ReadText() ?? "";
            else
                reader.Skip();
        }

        return (version, next);
    }

    public override (ulong Version, bool EndsInitialEvents) ReadBookmark<T>(ReadOnlySpan<byte> body, ResourceType<T> type)
    {
        ulong version = 0;
        var endsInitialEvents = false;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        while (reader.NextMember())
        {
            if (!reader.ValueTextEquals("metadata"u8))
            {
                reader.Skip();
                continue;
            }

            if (!reader.EnterObject())
                continue;
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("resourceVersion"u8))
                    version = reader.ReadVersion();
                else if (reader.ValueTextEquals("annotations"u8))
                    endsInitialEvents = ReadEnd(ref reader);
                else
                    reader.Skip();
            }
        }

        return (version, endsInitialEvents);
    }

    public override V1Status ReadStatus(ReadOnlySpan<byte> body) => ModelJson.ReadStatus(body);

    // The type of every change is one of three.
    private static string? ReadType(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            return reader.Text();
        return reader.ValueTextEquals("MODIFIED"u8) ? "MODIFIED"
            : reader.ValueTextEquals("ADDED"u8) ? "ADDED"
            : reader.ValueTextEquals("DELETED"u8) ? "DELETED"
            : reader.Text();
    }

    private static bool ReadEnd(ref Utf8JsonReader reader)
    {
        var ends = false;
        if (!reader.EnterObject())
            return false;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals(InitialEventsEnd))
                ends = reader.ReadText() == "true";
            else
                reader.Skip();
        }

        return ends;
    }

    private static ObjectMeta? ReadMetadata<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
        where T : class, IKubernetesObject
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            reader.Read();
            return MetadataDecoder.ReadMetadataOnly(ref reader, context, type.Kind, type.IsMetadataOnly);
        }
        catch (Exception failure) when (JsonReading.IsUnreadable(failure))
        {
            return null;
        }
    }
}
