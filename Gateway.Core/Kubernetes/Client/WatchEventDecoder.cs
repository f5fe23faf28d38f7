using System.Text.Json;
using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Decodes watch frames into events.</summary>
internal static class WatchEventDecoder
{
    // The bookmark that ends a streaming list (KEP-3157).
    private const string InitialEventsEnd = "k8s.io/initial-events-end";

    public static WatchEvent<T> Read<T>(ReadOnlySpan<byte> frame, ResourceType<T> type, DecodeContext context)
        where T : class, IKubernetesObject
    {
        try
        {
            var (eventType, start, length) = Open(frame);
            var body = frame.Slice(start, length);
            return eventType switch
            {
                "ADDED" => ReadChange(WatchEventType.Added, body, type, context),
                "MODIFIED" => ReadChange(WatchEventType.Modified, body, type, context),
                "DELETED" => ReadChange(WatchEventType.Deleted, body, type, context),
                "BOOKMARK" => ReadBookmark<T>(body),
                "ERROR" => new(WatchEventType.Error) { Status = ModelJson.ReadStatus(body) },
                _ => throw new UnreadableFrameException($"A watch frame has the unknown type {eventType}."),
            };
        }
        catch (Exception failure) when (JsonReading.IsUnreadable(failure))
        {
            throw new UnreadableFrameException($"A watch frame cannot be read: {failure.Message}", failure);
        }
    }

    private static (string Type, int Start, int Length) Open(ReadOnlySpan<byte> frame)
    {
        string? type = null;
        (int Start, int Length)? body = null;
        var reader = new Utf8JsonReader(frame);
        reader.Read();
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("type"u8))
            {
                type = reader.ReadText();
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
        return (type, body.Value.Start, body.Value.Length);
    }

    private static WatchEvent<T> ReadChange<T>(WatchEventType eventType, ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
        where T : class, IKubernetesObject
    {
        var decoded = LenientDecoder.Read(body, type, context);
        var version = decoded.Metadata?.Version ?? 0;
        if (version == 0)
            throw new UnreadableFrameException($"A watch frame's object has no version: {decoded.Failure}");
        return new(eventType) { Object = decoded.Object, Version = version, Failure = decoded.Failure };
    }

    private static WatchEvent<T> ReadBookmark<T>(ReadOnlySpan<byte> body)
        where T : class, IKubernetesObject
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

        return version == 0
            ? throw new UnreadableFrameException("A bookmark has no version.")
            : new(WatchEventType.Bookmark) { Version = version, EndsInitialEvents = endsInitialEvents };
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
}
