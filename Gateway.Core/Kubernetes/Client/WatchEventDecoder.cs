using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Decodes watch frames into events, the same from either format.</summary>
internal static class WatchEventDecoder
{
    public static WatchEvent<T> Read<T>(AnswerFormat format, ReadOnlySpan<byte> bytes, ResourceType<T> type, DecodeContext context, long arrived = 0)
        where T : class, IKubernetesObject
    {
        try
        {
            var frame = format.OpenFrame(bytes);
            return frame.Type switch
            {
                "ADDED" => ReadChange(format, WatchEventType.Added, frame.Body, type, context, arrived),
                "MODIFIED" => ReadChange(format, WatchEventType.Modified, frame.Body, type, context, arrived),
                "DELETED" => ReadChange(format, WatchEventType.Deleted, frame.Body, type, context, arrived),
                "BOOKMARK" => ReadBookmark(format, frame.Body, type),
                "ERROR" => new(WatchEventType.Error) { Status = format.ReadStatus(frame.Body) },
                _ => throw new UnreadableFrameException($"A watch frame has the unknown type {frame.Type}."),
            };
        }
        catch (Exception failure) when (format.IsUnreadable(failure))
        {
            throw new UnreadableFrameException($"A watch frame cannot be read: {failure.Message}", failure);
        }
    }

    private static WatchEvent<T> ReadChange<T>(AnswerFormat format, WatchEventType eventType, ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context, long arrived)
        where T : class, IKubernetesObject
    {
        var decoded = format.ReadObject(body, type, context);
        var version = decoded.Metadata?.Version ?? 0;
        if (version == 0)
            throw new UnreadableFrameException($"A watch frame's object has no version: {decoded.Failure}");
        return new(eventType) { Object = decoded.Object, Version = version, Arrived = arrived, Failure = decoded.Failure };
    }

    private static WatchEvent<T> ReadBookmark<T>(AnswerFormat format, ReadOnlySpan<byte> body, ResourceType<T> type)
        where T : class, IKubernetesObject
    {
        var (version, endsInitialEvents) = format.ReadBookmark(body, type);
        return version == 0
            ? throw new UnreadableFrameException("A bookmark has no version.")
            : new(WatchEventType.Bookmark) { Version = version, EndsInitialEvents = endsInitialEvents };
    }
}
