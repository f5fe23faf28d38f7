using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// The steps that all decoders use. Go writes absent lists and maps as null, so null equals absent everywhere; any other unexpected token
/// throws <see cref="JsonException"/>.
/// </summary>
internal static class JsonReading
{
    /// <summary>
    /// The JSON cannot be read. Comparing or reading an escaped lone surrogate or invalid UTF-8 is the platform's InvalidOperationException.
    /// </summary>
    public static bool IsUnreadable(Exception failure) => failure is JsonException or InvalidOperationException;

    extension(ref Utf8JsonReader reader)
    {
        /// <summary>Moves to the value of the current member; true when it is an object.</summary>
        public bool EnterObject()
        {
            reader.Read();
            return reader.IsObject();
        }

        /// <summary>Whether the current value is an object; false for null.</summary>
        public bool IsObject() => reader.TokenType switch
        {
            JsonTokenType.StartObject => true,
            JsonTokenType.Null => false,
            _ => throw Unexpected(reader.TokenType, "an object"),
        };

        /// <summary>Moves to the value of the current member; true when it is an array.</summary>
        public bool EnterArray()
        {
            reader.Read();
            return reader.TokenType switch
            {
                JsonTokenType.StartArray => true,
                JsonTokenType.Null => false,
                _ => throw Unexpected(reader.TokenType, "an array"),
            };
        }

        /// <summary>Moves to the name of the next member; false at the end of the object.</summary>
        public bool NextMember() => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

        /// <summary>Moves to the next element; false at the end of the array.</summary>
        public bool NextElement() => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

        /// <summary>The string value of the current member, a new string each time.</summary>
        public string? ReadText()
        {
            reader.Read();
            return reader.Text();
        }

        /// <summary>The string value of the current member, shared through the pool.</summary>
        public string? ReadText(DecodeContext context)
        {
            reader.Read();
            return reader.Text(context);
        }

        public string? Text() => reader.TokenType switch
        {
            JsonTokenType.String => Decoded(ref reader),
            JsonTokenType.Null => null,
            _ => throw Unexpected(reader.TokenType, "a string"),
        };

        public string? Text(DecodeContext context)
        {
            if (reader.TokenType == JsonTokenType.Null)
                return null;
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
                throw Unexpected(reader.TokenType, "a string");
            return reader.ValueIsEscaped ? Decoded(ref reader) : context.Pool.Get(reader.ValueSpan);
        }

        public bool? ReadFlag()
        {
            reader.Read();
            return reader.TokenType switch
            {
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                JsonTokenType.Null => null,
                _ => throw Unexpected(reader.TokenType, "a boolean"),
            };
        }

        public int? ReadNumber()
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
                return null;
            return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)
                ? number
                : throw Unexpected(reader.TokenType, "an integer");
        }

        public DateTimeOffset? ReadTime()
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
                return null;
            return reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time)
                ? time
                : throw Unexpected(reader.TokenType, "a time");
        }

        /// <summary>
        /// A resourceVersion: a number in a string, comparable since the API server guarantees it (KEP-5504); absent is 0.
        /// </summary>
        public ulong ReadVersion()
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
                return 0;
            if (reader.TokenType != JsonTokenType.String)
                throw Unexpected(reader.TokenType, "a resourceVersion");
            if (reader.ValueSpan.IsEmpty)
                return 0;
            return ulong.TryParse(reader.ValueSpan, out var version) ? version : throw new JsonException("The resourceVersion is not a number.");
        }

        public ImmutableArray<string> ReadTexts(DecodeContext context)
        {
            if (!reader.EnterArray())
                return [];
            context.Texts.Clear();
            while (reader.NextElement())
                context.Texts.Add(reader.Text(context) ?? "");
            return Fixed(context.Texts);
        }

        public StringMap ReadMap(DecodeContext context)
        {
            if (!reader.EnterObject())
                return StringMap.Empty;
            context.Entries.Clear();
            while (reader.NextMember())
            {
                var key = reader.Text(context)!;
                context.Entries.Add(new(key, reader.ReadText(context) ?? ""));
            }

            return context.Pool.Share(new StringMap(context.Entries));
        }

        /// <summary>
        /// The object may say its kind (events and single objects do, items of a list do not), but no other than this; a partial object is one whose
        /// metadata alone was asked for.
        /// </summary>
        public void ReadKind(string expected, bool mayBePartial = false)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
                return;
            if (reader.TokenType == JsonTokenType.String
                && (reader.ValueTextEquals(expected) || (mayBePartial && reader.ValueTextEquals("PartialObjectMetadata"u8))))
                return;
            throw new JsonException($"The object's kind is not {expected}.");
        }
    }

    public static ImmutableArray<T> Fixed<T>(List<T> list) =>
        list.Count == 0 ? [] : ImmutableCollectionsMarshal.AsImmutableArray(list.ToArray());

    // The platform throws InvalidOperationException for a lone surrogate or invalid UTF-8; here it is a decoding error like any other.
    private static string Decoded(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException failure)
        {
            throw new JsonException("A string is not valid text.", failure);
        }
    }

    private static JsonException Unexpected(JsonTokenType found, string wanted) => new($"Found {found} where {wanted} was expected.");
}
