using Gateway.Core.Kubernetes.Client.Framing;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// One of the two encodings of the API server's answers, chosen by the answer's Content-Type. Everything above sees the same objects, whichever it is.
/// </summary>
internal abstract class AnswerFormat
{
    public static AnswerFormat Json { get; } = new JsonFormat();

    public static AnswerFormat Protobuf { get; } = new ProtobufFormat();

    /// <summary>The format of an answer; JSON unless it says protobuf, whatever else it says.</summary>
    public static AnswerFormat Of(HttpResponseMessage response) =>
        string.Equals(response.Content.Headers.ContentType?.MediaType, ProtobufFormat.MediaType, StringComparison.OrdinalIgnoreCase) ? Protobuf : Json;

    /// <summary>As metrics name it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the exception says that bytes cannot be decoded in this format; any other is a bug in the gateway.</summary>
    public abstract bool IsUnreadable(Exception failure);

    public abstract IFrameReader OpenWatch(Stream body, int maxFrameBytes);

    public abstract IListReader OpenList<T>(Stream body, int maxItemBytes, ResourceType<T> type)
        where T : class, IKubernetesObject;

    /// <summary>The type of a watch frame, and its object.</summary>
    public abstract WatchFrame OpenFrame(ReadOnlySpan<byte> frame);

    /// <summary>
    /// Decodes an object, or only its metadata if the rest cannot be decoded. An object of another kind is not decoded: its metadata would be taken
    /// for an object of this kind.
    /// </summary>
    public abstract Decoded<T> ReadObject<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
        where T : class, IKubernetesObject;

    /// <summary>The same of an item of a list.</summary>
    public abstract Decoded<T> ReadItem<T>(ReadOnlySpan<byte> body, ResourceType<T> type, DecodeContext context)
        where T : class, IKubernetesObject;

    /// <summary>A list's metadata: its version, and the token of the next page.</summary>
    public abstract (ulong Version, string Continue) ReadListMetadata(ReadOnlySpan<byte> body);

    /// <summary>A bookmark's version, and whether it ends a streaming list.</summary>
    public abstract (ulong Version, bool EndsInitialEvents) ReadBookmark<T>(ReadOnlySpan<byte> body, ResourceType<T> type)
        where T : class, IKubernetesObject;

    /// <summary>Throws when the body is no Status.</summary>
    public abstract V1Status ReadStatus(ReadOnlySpan<byte> body);

    /// <summary>Null when the body is not a Status, e.g. a proxy's error page.</summary>
    public V1Status? TryReadStatus(ReadOnlySpan<byte> body)
    {
        try
        {
            return ReadStatus(body);
        }
        catch (Exception failure) when (IsUnreadable(failure))
        {
            return null;
        }
    }

    // The bookmark that ends a streaming list (KEP-3157).
    protected const string InitialEventsEnd = "k8s.io/initial-events-end";
}

/// <summary>A frame of a watch: the type of its event and the bytes of its object, in the format of the answer.</summary>
internal readonly ref struct WatchFrame(string type, ReadOnlySpan<byte> body)
{
    public string Type { get; } = type;
    public ReadOnlySpan<byte> Body { get; } = body;
}

/// <summary>An object, or why there is none; the metadata may be known even so.</summary>
internal readonly record struct Decoded<T>(T? Object, ObjectMeta? Metadata, string? Failure);
