using System.Buffers;

namespace Gateway.Core.Annotations;

/// <summary>
/// The rules for the members of a registration (contract, section 1). Writers follow them; readers refuse records that do not.
/// </summary>
public static class RegistrationRules
{
    public const int MaxNameLength = 253;
    public const int MaxQualifierLength = 128;
    public const int MaxWeight = 10_000;
    public const int DefaultWeight = 100;
    public const string DefaultProtocol = "http";

    private const string NameAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:$-";

    private static readonly SearchValues<char> _nameCharacters = SearchValues.Create(NameAlphabet);

    // A Kubernetes appProtocol may have a prefix: kubernetes.io/h2c.
    private static readonly SearchValues<char> _protocolCharacters = SearchValues.Create(NameAlphabet + "/+");

    /// <summary>The name of a service: 1..253 of <c>A-Za-z0-9._:$-</c>.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= MaxNameLength && !text.AsSpan().ContainsAnyExcept(_nameCharacters);

    /// <summary>A group or version: the characters of a name, at most 128; "" is unset.</summary>
    public static bool IsQualifier(string text) =>
        text.Length <= MaxQualifierLength && !text.AsSpan().ContainsAnyExcept(_nameCharacters);

    /// <summary>A protocol: the characters of a name, <c>/</c> and <c>+</c>; 1..253.</summary>
    public static bool IsProtocol(string text) =>
        text.Length is > 0 and <= MaxNameLength && !text.AsSpan().ContainsAnyExcept(_protocolCharacters);

    public static bool IsPort(int port) => port is >= 1 and <= 65_535;

    public static bool IsWeight(int weight) => weight is >= 0 and <= MaxWeight;
}
