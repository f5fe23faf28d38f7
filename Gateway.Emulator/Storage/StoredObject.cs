using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Emulator.Http.Protobuf;
using Gateway.Emulator.Schema;

namespace Gateway.Emulator.Storage;

/// <summary>
/// One immutable object at one version. Its JSON bytes are made once and shared by every list and watch; the tree is parsed on demand,
/// because 150,000 pods as trees would need ten times the memory of their bytes.
/// </summary>
public sealed class StoredObject
{
    private readonly WeakReference<JsonObject> _content = new(null!);
    private byte[]? _protobuf;

    private StoredObject(ResourceKind kind, ObjectKey key, long version, string uid, byte[] utf8, IReadOnlyDictionary<string, string> labels)
    {
        Kind = kind;
        Key = key;
        Version = version;
        Uid = uid;
        Utf8 = utf8;
        Labels = labels;
    }

    public ResourceKind Kind { get; }
    public ObjectKey Key { get; }
    public string Namespace => Key.Namespace;
    public string Name => Key.Name;
    public string Uid { get; }

    /// <summary>The same number as <c>metadata.resourceVersion</c>.</summary>
    public long Version { get; }

    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>The whole object; kind, apiVersion and metadata come first.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>The object as lists show it, without kind and apiVersion and without the opening brace.</summary>
    public ReadOnlyMemory<byte> ItemTail => Utf8[Kind.TypePrefix.Length..];

    /// <summary>The object's protobuf message, without the envelope; made at its first use.</summary>
    public ReadOnlyMemory<byte> Protobuf
    {
        get
        {
            if (_protobuf is { } made)
                return made;
            using var document = JsonDocument.Parse(Utf8);
            return _protobuf = ProtobufAnswer.Message(document.RootElement, FieldTable.Of(Kind));
        }
    }

    /// <summary>The object as a tree, for reading only: it is shared. Use <see cref="Copy"/> to change something.</summary>
    public JsonObject Content
    {
        get
        {
            if (_content.TryGetTarget(out var content))
                return content;
            content = Copy();
            _content.SetTarget(content);
            return content;
        }
    }

    /// <summary>A new tree that the caller may change.</summary>
    public JsonObject Copy() => JsonNode.Parse(Utf8.Span)!.AsObject();

    /// <summary>The same content with another version: how a watch shows an object that no longer matches its selector.</summary>
    internal StoredObject UnderVersion(long version) =>
        new(Kind, Key, version, Uid, ObjectOrder.ReplaceVersion(Utf8.Span, version), Labels);

    /// <summary>Takes ownership of the tree: orders its members as the server does and sets the version.</summary>
    internal static StoredObject From(ResourceKind kind, JsonObject content, long version)
    {
        var ordered = ObjectOrder.Arrange(kind, content, version);
        var metadata = ordered["metadata"]!.AsObject();
        var key = new ObjectKey(kind.Namespaced ? Text(metadata, "namespace") : "", Text(metadata, "name"));
        return new StoredObject(kind, key, version, Text(metadata, "uid"), ObjectOrder.Serialize(ordered), LabelsOf(metadata));
    }

    private static string Text(JsonObject parent, string name) => (string?)parent[name] ?? "";

    private static IReadOnlyDictionary<string, string> LabelsOf(JsonObject metadata)
    {
        if (metadata["labels"] is not JsonObject { Count: > 0 } labels)
            return System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;
        var result = new Dictionary<string, string>(labels.Count, StringComparer.Ordinal);
        foreach (var (name, value) in labels)
            result[name] = (string?)value ?? "";
        return result;
    }
}
