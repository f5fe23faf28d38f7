using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Hostile;

/// <summary>JSON documents with faults: in what members hold, in their names, in their form and in their bytes.</summary>
internal sealed class HostileJson(Random random, HostileText texts)
{
    /// <summary>A document with a few faults in its members, or one in its bytes.</summary>
    public byte[] Near(string legal)
    {
        var node = JsonNode.Parse(legal)!;
        for (var i = random.Of(0, 0, 1, 1, 2, 4); i > 0; i--)
            Spoil(node);
        var text = Text(node);
        return random.Next(24) switch
        {
            0 => Encoding.UTF8.GetBytes(text)[..random.Next(text.Length)],
            1 => [.. Encoding.UTF8.GetBytes(text), .. Bytes(random.Next(20))],
            2 => [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(text)],
            3 => Encoding.Unicode.GetBytes(text),
            4 => Flip(Encoding.UTF8.GetBytes(text)),
            5 => Encoding.UTF8.GetBytes(text.Replace("\"", random.Of("'", "\\\"", "\"\\ud800"), StringComparison.Ordinal)),
            6 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(random.Of("[", "{\"a\":", "[{\"service\":"), random.Of(33, 200, 5000)))),
            7 => Encoding.UTF8.GetBytes(random.Of("", "null", "true", "0", "\"\"", "[]", "{}", "[null]", "[[]]", "{\"\":{}}", "1e99999", "{\"service\":\"a\",\"service\":\"b\",\"port\":1}")),
            _ => Encoding.UTF8.GetBytes(text),
        };
    }

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Flip(byte[] bytes)
    {
        if (bytes.Length > 0)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private void Spoil(JsonNode node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                var name = members.ElementAt(random.Next(members.Count)).Key;
                if (members[name] is JsonObject or JsonArray && !random.Once(3))
                    Spoil(members[name]!);
                else if (random.Once(4))
                    members.Remove(name);
                else if (random.Once(5))
                    members[texts.Next()] = Value();
                else
                    members[name] = Value();
                break;
            case JsonArray { Count: > 0 } items:
                if (random.Once(3))
                    items.Add(Value());
                else
                    Spoil(items[random.Next(items.Count)] ?? items);
                break;
        }
    }

    private JsonNode? Value() => random.Next(9) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Of(0L, -1, 1, 65535, 65536, long.MaxValue, long.MinValue, 10001)),
        2 => JsonValue.Create(random.Of(1.5, 1e300, -0.0, 8080.0)),
        3 => JsonValue.Create(random.Once(2)),
        4 => new JsonArray([.. Enumerable.Range(0, random.Of(0, 1, 70, 210)).Select(static i => (JsonNode?)i)]),
        5 => new JsonObject(Enumerable.Range(0, random.Of(0, 1, 300)).Select(static i => KeyValuePair.Create(i.ToString(CultureInfo.InvariantCulture), (JsonNode?)"v"))),
        _ => JsonValue.Create(texts.Next()),
    };

    // Half a surrogate pair is no JSON text for the platform's writer: it is written as an escape, as other programs write it.
    private static string Text(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject members => $"{{{string.Join(',', members.Select(static one => $"{Quoted(one.Key)}:{Text(one.Value)}"))}}}",
        JsonArray items => $"[{string.Join(',', items.Select(Text))}]",
        JsonValue value when value.TryGetValue<string>(out var text) => Quoted(text),
        _ => node.ToJsonString(),
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is >= ' ' and < '\u007f' and not '"' and not '\\')
                quoted.Append(c);
            else
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return quoted.Append('"').ToString();
    }
}
