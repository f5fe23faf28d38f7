using System.Buffers;
using Gateway.Core.Results;

namespace Gateway.Core.Annotations.Records;

/// <summary>
/// Which names and values a registration may have (contract, section 1): the one place that says so for every way in. Names that Kubernetes
/// gives are judged by <see cref="Kubernetes.Models.ObjectNames"/>.
/// </summary>
public static class RegistrationRules
{
    public const int MaxNameLength = 253;
    public const int MaxQualifierLength = 128;
    public const int MaxPortNameLength = 63;
    public const int MaxProtocolLength = 63;

    /// <summary>The prefix of an appProtocol is a DNS subdomain of 253, its name has 63 (kubernetes.io/h2c).</summary>
    public const int MaxForeignProtocolLength = 253 + 1 + 63;

    public const int MaxMetadataKeyLength = 253;
    public const int MaxPorts = 64;
    public const int MaxWeight = 10_000;

    /// <summary>Seconds. A day: after longer silence the pod's own state is the better signal.</summary>
    public const int MaxTtl = 86_400;

    /// <summary>The most registrations of one POST, and of one <c>declare</c>.</summary>
    public const int MaxItems = 200;

    public const int DefaultWeight = 100;
    public const string DefaultProtocol = "http";

    /// <summary>The characters of a name of a port as problem details say them.</summary>
    public const string PortNameCharacters = "A-Z a-z 0-9 . _ : $ -";

    /// <summary>The characters of a name, group, version or revision as problem details say them.</summary>
    public const string NameCharacters = PortNameCharacters + ", but not '.' or '..'";

    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> _nameCharacters = SearchValues.Create(Alphanumeric + "._:$-");
    private static readonly SearchValues<char> _protocolCharacters = SearchValues.Create(Alphanumeric + "._+/-");
    private static readonly SearchValues<char> _foreignProtocolCharacters = SearchValues.Create(Alphanumeric + "._:$+/-");

    /// <summary>The name of a service, an application or an interface.</summary>
    public static bool IsName(string text) => IsStoredName(text) && !IsDots(text);

    /// <summary>A name in a stored record: also <c>.</c> and <c>..</c>, which were taken once.</summary>
    public static bool IsStoredName(string text) => IsOf(text, MaxNameLength, _nameCharacters);

    /// <summary>A group or version: the characters of a name, at most 128; "" is unset.</summary>
    public static bool IsQualifier(string text) => text.Length == 0 || IsRevision(text);

    /// <summary>A group or version in a stored record; as <see cref="IsStoredName"/>.</summary>
    public static bool IsStoredQualifier(string text) => text.Length == 0 || IsOf(text, MaxQualifierLength, _nameCharacters);

    /// <summary>The revision of a MetadataInfo: as a version, but not "".</summary>
    public static bool IsRevision(string text) => IsOf(text, MaxQualifierLength, _nameCharacters) && !IsDots(text);

    /// <summary>The name of one of several ports.</summary>
    public static bool IsPortName(string text) => IsOf(text, MaxPortNameLength, _nameCharacters);

    /// <summary>A protocol as a registration names it.</summary>
    public static bool IsProtocol(string text) => IsOf(text, MaxProtocolLength, _protocolCharacters);

    /// <summary>A protocol that others named: Dubbo, or a slice's appProtocol in the own key of an endpoint.</summary>
    public static bool IsForeignProtocol(string text) => IsOf(text, MaxForeignProtocolLength, _foreignProtocolCharacters);

    /// <summary>For the end of a sentence about a name, group, version, revision or port name: see <see cref="FaultText.Offending"/>.</summary>
    public static string OffendingInName(string text) => FaultText.Offending(text, _nameCharacters);

    /// <summary>The same for a protocol.</summary>
    public static string OffendingInProtocol(string text) => FaultText.Offending(text, _protocolCharacters);

    /// <summary>The name of another registry's protocol, by which a stored record keeps its client's id.</summary>
    public static bool IsClientProtocol(string text) => text.Length is > 0 and <= 16 && text.All(char.IsAsciiLetterLower);

    public static bool IsMetadataKey(string text) => text.Length is > 0 and <= MaxMetadataKeyLength;

    public static bool IsPort(int port) => port is >= 1 and <= 65_535;

    public static bool IsWeight(int weight) => weight is >= 0 and <= MaxWeight;

    // As a segment of a path they would be removed (RFC 3986, 5.2.4).
    private static bool IsDots(string text) => text is "." or "..";

    private static bool IsOf(string text, int longest, SearchValues<char> characters) =>
        text.Length > 0 && text.Length <= longest && !text.AsSpan().ContainsAnyExcept(characters);
}
