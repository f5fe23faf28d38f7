using System.Text;
using Gateway.Core.Kubernetes.Client.Framing;

namespace Gateway.Core.Kubernetes.Models.Decoding.Protobuf;

/// <summary>Opens what Kubernetes puts around every object, see <see cref="ProtobufLayout"/>.</summary>
internal static class Envelope
{
    /// <summary>
    /// The message of an object of this kind, or of a partial object, whose metadata alone was asked for. A message does not say what it is: that of
    /// another kind would be decoded as if it were one of this kind.
    /// </summary>
    public static ReadOnlySpan<byte> Open(ReadOnlySpan<byte> body, string kind, bool mayBePartial)
    {
        if (!body.StartsWith(ProtobufLayout.Magic))
            throw new MalformedMessageException("The object has no envelope.");
        ReadOnlySpan<byte> raw = default;
        bool hasKind = false, isEmpty = true;
        var envelope = new WireReader(body[ProtobufLayout.Magic.Length..]);
        while (envelope.Next())
        {
            switch (envelope.Field)
            {
                case ProtobufLayout.TypeMetaField:
                    hasKind = IsKind(envelope.Bytes, kind, mayBePartial ? "PartialObjectMetadata" : null);
                    break;
                case ProtobufLayout.RawField:
                    raw = envelope.Bytes;
                    isEmpty = false;
                    break;
                case ProtobufLayout.ContentEncodingField when !envelope.Bytes.IsEmpty:
                    throw new MalformedMessageException("The object is compressed.");
            }
        }

        if (!hasKind)
            throw new MalformedMessageException($"The object's kind is not {kind}.");
        return isEmpty ? throw new MalformedMessageException("The envelope is empty.") : raw;
    }

    /// <summary>Whether the TypeMeta names one of these kinds.</summary>
    public static bool IsKind(ReadOnlySpan<byte> typeMeta, string kind, string? other)
    {
        var found = false;
        var type = new WireReader(typeMeta);
        while (type.Next())
        {
            if (type.Field == 2)
                found = Ascii.Equals(type.Bytes, kind) || (other is not null && Ascii.Equals(type.Bytes, other));
        }

        return found;
    }
}
