using System.Text;
using System.Text.Json;
using System.Xml;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// A body as Eureka's clients send it, whichever of the two forms it has: attributes of XML and the <c>@</c> members of JSON are both members whose
/// names begin with <c>@</c>; the text of an element and the member <c>$</c> are both <see cref="Text"/>. Written by its reader alone.
/// </summary>
internal sealed class EurekaNode
{
    // instance, dataCenterInfo, metadata, value: no client sends more than six levels.
    private const int MaxDepth = 16;

    // Far more than a pod has room for; each costs many times its bytes here.
    private const int MaxValues = 10_000;

    private const string TooMany = "It has more than 10,000 values.";

    private readonly List<(string Name, EurekaNode Value)> _members = [];
    private string? _text;

    /// <summary>Null: a null of JSON, an object or an array. Numbers and booleans are their text.</summary>
    public string? Text => _text ?? Find("$")?._text;

    /// <summary>In the order of the body, without attributes.</summary>
    public IEnumerable<(string Name, EurekaNode Value)> Members => _members.Where(static member => !member.Name.StartsWith('@'));

    /// <summary>It is an array of JSON; its members have no names.</summary>
    public bool IsArray { get; private init; }

    /// <summary>It is an object of JSON, or an element of XML with elements in it.</summary>
    public bool IsObject { get; private set; }

    /// <summary>The last of that name, as a JSON parser would have it.</summary>
    public EurekaNode? Find(string name)
    {
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (_members[i].Name == name)
                return _members[i].Value;
        }

        return null;
    }

    /// <summary>What an object says under that name; null where it is missing, null, or no single value.</summary>
    public string? Value(string name) => Find(name)?.Text;

    /// <summary>The root is the object itself: of JSON <c>{"instance":{...}}</c>, of XML the root element <c>instance</c>.</summary>
    public static Result<EurekaNode> Read(ReadOnlyMemory<byte> body, string? mediaType, string root)
    {
        // A client that sends no media type, or a wrong one, is read by what its body begins with.
        var start = body.Span.TrimStart(" \t\r\n\uFEFF"u8);
        var isXml = mediaType?.Contains("xml", StringComparison.OrdinalIgnoreCase) == true ? start is not [(byte)'{', ..] : start is [(byte)'<', ..];
        try
        {
            return isXml ? ReadXml(body, root) : ReadJson(body, root);
        }
        catch (Exception unreadable) when (unreadable is JsonException or XmlException or DecoderFallbackException or ArgumentException)
        {
            return Malformed($"The body is no well-formed {(isXml ? "XML" : "JSON")}: {FaultText.Shortened(FirstLine(unreadable.Message))}");
        }
    }

    private static Result<EurekaNode> ReadJson(ReadOnlyMemory<byte> body, string root)
    {
        var bytes = body.Span is [0xEF, 0xBB, 0xBF, ..] ? body[3..] : body;
        using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return Malformed("The body is no JSON object.");
        var left = MaxValues;
        var all = Of(document.RootElement, ref left);
        return all.Find(root) is { IsObject: true } found ? found : Malformed($"The body has no object '{root}'.");
    }

    private static EurekaNode Of(JsonElement element, ref int left)
    {
        if (--left < 0)
            throw new JsonException(TooMany);
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var node = new EurekaNode { IsObject = true };
                foreach (var member in element.EnumerateObject())
                    node._members.Add((Utf16(member), Of(member.Value, ref left)));
                return node;
            case JsonValueKind.Array:
                var array = new EurekaNode { IsArray = true };
                foreach (var item in element.EnumerateArray())
                    array._members.Add(("", Of(item, ref left)));
                return array;
            case JsonValueKind.String:
                return new EurekaNode { _text = Utf16(element) };
            case JsonValueKind.Null:
                return new EurekaNode();
            default:
                return new EurekaNode { _text = element.GetRawText() };
        }
    }

    private static string Utf16(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("A name is no valid text.");
        }
    }

    // Half of a surrogate pair cannot be text.
    private static string Utf16(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("A string is no valid text.");
        }
    }

    private static Result<EurekaNode> ReadXml(ReadOnlyMemory<byte> body, string root)
    {
        // No document type, so no entity can be declared and nothing is fetched.
        using var reader = XmlReader.Create(new MemoryStream(body.ToArray()), new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            MaxCharactersInDocument = body.Length + 1L,
        });
        reader.MoveToContent();
        if (reader.LocalName != root)
            return Malformed($"The body's root is no element '{root}'.");
        var left = MaxValues;
        var read = OfElement(reader, ref left);
        while (reader.Read())
        {
            // To the end: what follows the root must be well-formed too.
        }

        read.IsObject = true;
        return read;
    }

    /// <summary>The reader is at the start of the element, and afterwards at its end (or at the element itself, if empty).</summary>
    private static EurekaNode OfElement(XmlReader reader, ref int left)
    {
        if (--left < 0)
            throw new XmlException(TooMany);
        if (reader.Depth >= MaxDepth)
            throw new XmlException("Elements are nested too deeply.");
        var node = new EurekaNode();
        var isEmpty = reader.IsEmptyElement;
        while (reader.MoveToNextAttribute())
        {
            if (--left < 0)
                throw new XmlException(TooMany);
            node._members.Add(("@" + reader.LocalName, new EurekaNode { _text = reader.Value }));
        }

        reader.MoveToElement();
        var text = new StringBuilder();
        if (!isEmpty)
        {
            while (reader.Read() && reader.NodeType != XmlNodeType.EndElement)
            {
                if (reader.NodeType == XmlNodeType.Element)
                {
                    node.IsObject = true;
                    node._members.Add((EurekaXmlNames.Decode(reader.LocalName), OfElement(reader, ref left)));
                }
                else if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA)
                {
                    text.Append(reader.Value);
                }
            }
        }

        if (!node.IsObject)
            node._text = text.ToString().Trim();
        return node;
    }

    private static string FirstLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') is var end and >= 0 ? text[..end] : text;

    private static Refusal Malformed(string detail) => new(RefusalCodes.MalformedJson, detail);
}
