using System.Buffers;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>Decodes ObjectMeta.</summary>
internal static class MetadataDecoder
{
    /// <summary>Reads the current member; throws when the object has no name.</summary>
    /// <param name="identityOnly">Reads no more than name, namespace, uid and version.</param>
    public static ObjectMeta ReadMetadata(ref this Utf8JsonReader reader, DecodeContext context, bool identityOnly = false, bool sharesName = false)
    {
        string? name = null, ns = null, uid = null;
        ulong version = 0;
        IReadOnlyDictionary<string, string> labels = StringMap.Empty, annotations = StringMap.Empty;
        var annotationBytes = 0;
        DateTimeOffset? created = null, deleted = null;

        if (reader.EnterObject())
        {
            while (reader.NextMember())
            {
                if (reader.ValueTextEquals("name"u8))
                    name = reader.ReadText();
                else if (reader.ValueTextEquals("namespace"u8))
                    ns = reader.ReadText(context);
                else if (reader.ValueTextEquals("uid"u8))
                    uid = reader.ReadText();
                else if (reader.ValueTextEquals("resourceVersion"u8))
                    version = reader.ReadVersion();
                else if (identityOnly)
                    reader.Skip();
                else if (reader.ValueTextEquals("labels"u8))
                    labels = reader.ReadMap(context);
                else if (reader.ValueTextEquals("annotations"u8))
                    annotations = ReadAnnotations(ref reader, context, out annotationBytes);
                else if (reader.ValueTextEquals("creationTimestamp"u8))
                    created = reader.ReadTime();
                else if (reader.ValueTextEquals("deletionTimestamp"u8))
                    deleted = reader.ReadTime();
                else
                    reader.Skip();
            }
        }

        if (string.IsNullOrEmpty(name))
            throw new JsonException("The object has no name.");
        return new()
        {
            Name = "",
            Parts = sharesName ? context.NameOf(name) : new(name, 0),
            Namespace = ns ?? "",
            Uid = uid ?? "",
            Version = version,
            Labels = labels,
            Annotations = annotations,
            AnnotationBytes = annotationBytes,
            CreationTimestamp = created,
            DeletionTimestamp = deleted,
        };
    }

    /// <summary>
    /// Reads nothing but kind and metadata of the object that the reader stands on, whatever else it holds; throws when it is of another kind.
    /// </summary>
    public static ObjectMeta ReadMetadataOnly(ref Utf8JsonReader reader, DecodeContext context, string kind, bool mayBePartial,
        bool identityOnly = false)
    {
        ObjectMeta? metadata = null;
        while (reader.NextMember())
        {
            if (reader.ValueTextEquals("metadata"u8))
                metadata = reader.ReadMetadata(context, identityOnly);
            else if (reader.ValueTextEquals("kind"u8))
                reader.ReadKind(kind, mayBePartial);
            else
                reader.Skip();
        }

        return metadata ?? throw new JsonException("The object has no metadata.");
    }

    private static StringMap ReadAnnotations(ref Utf8JsonReader reader, DecodeContext context, out int bytes)
    {
        bytes = 0;
        if (!reader.EnterObject())
            return StringMap.Empty;
        context.Entries.Clear();
        while (reader.NextMember())
        {
            bytes += LengthOf(ref reader);
            var key = reader.Text(context)!;
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                throw new JsonException($"Found {reader.TokenType} where an annotation's text was expected.");
            if (reader.TokenType == JsonTokenType.String)
                bytes += LengthOf(ref reader);
            if (context.KeepAnnotation is null || context.KeepAnnotation(key))
                context.Entries.Add(new(key, reader.Text() ?? ""));
        }

        return new StringMap(context.Entries);
    }

    // The API server counts the bytes of the decoded strings, not those of their JSON escapes.
    private static int LengthOf(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueSpan.Length;
        var scratch = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return reader.CopyString(scratch.AsSpan());
        }
        catch (InvalidOperationException failure)
        {
            throw new JsonException("A string is not valid text.", failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
