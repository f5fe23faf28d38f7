namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Decodes ObjectMeta (meta/v1), the first field of every object.</summary>
internal static class MetadataMessage
{
    public const int Field = 1;

    /// <summary>Throws when the object has no name.</summary>
    /// <param name="identityOnly">Reads no more than name, namespace, uid and version.</param>
    /// <param name="sharesName">Keeps the name as a stem that is shared and an ending.</param>
    public static ObjectMeta Read(ReadOnlySpan<byte> message, DecodeContext context, bool identityOnly = false, bool sharesName = false)
    {
        ReadOnlySpan<byte> name = default;
        string? ns = null;
        var uid = default(ObjectUid);
        ulong version = 0;
        DateTimeOffset? created = null, deleted = null;
        var annotationBytes = 0;
        context.Entries.Clear();
        context.Annotations.Clear();
        var reader = new WireReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.Bytes;
                    break;
                case 3:
                    ns = reader.Text(context);
                    break;
                case 5:
                    uid = reader.Uid;
                    break;
                case 6:
                    version = VersionOf(reader.Bytes);
                    break;
                case 8 or 9 or 11 or 12 when identityOnly:
                    break;
                case 8:
                    created = TimeOf(reader.Message);
                    break;
                case 9:
                    deleted = TimeOf(reader.Message);
                    break;
                case 11:
                    context.Entries.Add(EntryOf(reader.Message, context));
                    break;
                case 12:
                    annotationBytes += ReadAnnotation(reader.Message, context);
                    break;
            }
        }

        if (name.IsEmpty)
            throw new MalformedMessageException("The object has no name.");
        return new()
        {
            Name = "",
            Parts = sharesName ? WireReader.NameOf(name, context) : new(WireReader.TextOf(name), 0),
            Namespace = ns ?? "",
            PackedUid = uid,
            Version = version,
            Labels = MapOf(context),
            Annotations = context.Annotations.Count == 0 ? StringMap.Empty : new StringMap(context.Annotations),
            AnnotationBytes = annotationBytes,
            CreationTimestamp = created,
            DeletionTimestamp = deleted,
        };
    }

    /// <summary>The metadata of an object's message, whatever else it holds; null: it has none.</summary>
    public static ObjectMeta? ReadFrom(ReadOnlySpan<byte> message, DecodeContext context)
    {
        var reader = new WireReader(message);
        while (reader.Next())
        {
            if (reader.Field == Field)
                return Read(reader.Bytes, context);
        }

        return null;
    }

    /// <summary>
    /// A resourceVersion: a number in a text, comparable since the API server guarantees it (KEP-5504); empty is 0.
    /// </summary>
    public static ulong VersionOf(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return 0;
        return ulong.TryParse(text, out var version) ? version : throw new MalformedMessageException("The resourceVersion is not a number.");
    }

    /// <summary>A Time; an empty message is none.</summary>
    public static DateTimeOffset? TimeOf(WireReader reader)
    {
        long? seconds = null;
        long nanoseconds = 0;
        while (reader.Next())
        {
            if (reader.Field == 1)
                seconds = reader.Long;
            else if (reader.Field == 2)
                nanoseconds = reader.Long;
        }

        if (seconds is null)
            return null;
        try
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds.Value).AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        }
        catch (ArgumentOutOfRangeException failure)
        {
            throw new MalformedMessageException("A time is out of range.", failure);
        }
    }

    /// <summary>One entry of a map.</summary>
    public static KeyValuePair<string, string> EntryOf(WireReader reader, DecodeContext context)
    {
        string key = "", value = "";
        while (reader.Next())
        {
            if (reader.Field == 1)
                key = reader.Text(context);
            else if (reader.Field == 2)
                value = reader.Text(context);
        }

        return new(key, value);
    }

    /// <summary>The map of the entries that were collected in the context, shared through the pool.</summary>
    public static StringMap MapOf(DecodeContext context) =>
        context.Entries.Count == 0 ? StringMap.Empty : context.Pool.Share(new StringMap(context.Entries));

    private static int ReadAnnotation(WireReader reader, DecodeContext context)
    {
        ReadOnlySpan<byte> key = default, value = default;
        while (reader.Next())
        {
            if (reader.Field == 1)
                key = reader.Bytes;
            else if (reader.Field == 2)
                value = reader.Bytes;
        }

        var name = WireReader.TextOf(key, context);
        if (context.KeepAnnotation is null || context.KeepAnnotation(name))
            context.Annotations.Add(new(name, WireReader.TextOf(value)));
        return key.Length + value.Length;
    }
}
