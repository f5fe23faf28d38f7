using System.Buffers;
using Gateway.Api.Errors;

namespace Gateway.Api.Requests;

/// <summary>The rules for names (contract, section 1; DNS names: RFC 1123 as in Kubernetes).</summary>
public static class NameRules
{
    public const int MaxService = 253;
    public const int MaxQualifier = 128;
    public const int MaxPortName = 63;
    public const int MaxMetadataKey = 253;
    public const string ProtocolSentence = "A protocol must be 1 to 63 of A-Z a-z 0-9 . _ + / -";

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:$-");

    private static readonly SearchValues<char> ProtocolCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+/-");

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    public static bool IsName(string text, int maximum) =>
        text.Length >= 1 && text.Length <= maximum && !text.AsSpan().ContainsAnyExcept(NameCharacters);

    public static bool IsProtocol(string text) => text.Length is >= 1 and <= 63 && !text.AsSpan().ContainsAnyExcept(ProtocolCharacters);

    public static bool IsLabel(string text) => IsLabel(text.AsSpan());

    public static bool IsSubdomain(string text)
    {
        if (text.Length is 0 or > 253)
            return false;
        foreach (var part in text.AsSpan().Split('.'))
        {
            if (!IsLabel(text.AsSpan(part), 253))
                return false;
        }
        return true;
    }

    public static void CheckMetadataKeys(IReadOnlyDictionary<string, string?>? metadata, Action<string, string, string> fail)
    {
        foreach (var key in metadata?.Keys ?? [])
        {
            if (key.Length is 0 or > MaxMetadataKey)
                fail(JsonPointer.Append("/metadata", key), FaultCodes.InvalidValue, "A metadata key must have 1 to 253 characters.");
        }
    }

    private static bool IsLabel(ReadOnlySpan<char> text, int maximum = 63) =>
        text.Length >= 1 && text.Length <= maximum && text[0] != '-' && text[^1] != '-' && !text.ContainsAnyExcept(LabelCharacters);
}
