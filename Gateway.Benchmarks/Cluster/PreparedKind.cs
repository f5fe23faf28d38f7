using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks.Cluster;

/// <summary>A kind whose objects never change. Each format is encoded when it is first asked for.</summary>
internal sealed class PreparedKind(string apiVersion, string kind, Func<IEnumerable<Message>> objects)
{
    private readonly Lazy<byte[][]> _json = new(() => [.. objects().Select(static one => one.ToJson())]);
    private readonly Lazy<byte[][]> _protobuf = new(() => [.. objects().Select(static one => one.ToProtobuf())]);

    public string ApiVersion => apiVersion;

    public string Kind => kind;

    public byte[][] Items(WireFormat format) => format == WireFormat.Json ? _json.Value : _protobuf.Value;

    /// <summary>A list up to its items; <see cref="ListEnd"/> closes it.</summary>
    /// <param name="itemBytes">The length of all items with their heads, which protobuf says first.</param>
    public static byte[] ListHead(WireFormat format, string apiVersion, string kind, long version, long itemBytes)
    {
        var text = version.ToString(CultureInfo.InvariantCulture);
        if (format == WireFormat.Json)
            return Encoding.UTF8.GetBytes($$$"""{"kind":"{{{kind}}}List","apiVersion":"{{{apiVersion}}}","metadata":{"resourceVersion":"{{{text}}}"},"items":[""");
        var metadata = new Message().Add(1, "metadata", new Message().Add(2, "resourceVersion", text)).ToProtobuf();
        return [.. Protobuf.EnvelopeHead(apiVersion, kind + "List", (ulong)(metadata.Length + itemBytes)), .. metadata];
    }

    public static ReadOnlySpan<byte> ListEnd(WireFormat format) => format == WireFormat.Json ? "]}\n"u8 : Protobuf.EnvelopeEnd;

    /// <summary>The last frame of a streaming list.</summary>
    public static byte[] InitialEventsEnd(WireFormat format, string apiVersion, string kind, long version)
    {
        var bookmark = new Message().Add(1, "metadata", new Message()
            .Add(6, "resourceVersion", version.ToString(CultureInfo.InvariantCulture))
            .Add(12, "annotations", OrdinaryPod.Map(("k8s.io/initial-events-end", "true"))));
        return Frame(format, "BOOKMARK", apiVersion, kind, bookmark.Encode(format));
    }

    public byte[] Frame(WireFormat format, byte[] item) => Frame(format, "ADDED", apiVersion, kind, item);

    private static byte[] Frame(WireFormat format, string type, string apiVersion, string kind, byte[] item) => format == WireFormat.Json
        ? [.. Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","object":{"kind":"{{kind}}","apiVersion":"{{apiVersion}}","""), .. item.AsSpan(1), .. "}\n"u8]
        : [.. Protobuf.FrameHead(type, apiVersion, kind, (ulong)item.Length), .. item, .. Protobuf.EnvelopeEnd];
}
