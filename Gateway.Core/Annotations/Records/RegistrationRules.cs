using System.Buffers;
using System.Collections.Immutable;

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
    public const int MaxMetadataKeyLength = 253;
    public const int MaxWeight = 10_000;
    public const int DefaultWeight = 100;
    public const string DefaultProtocol = "http";

    /// <summary>The characters of a name as problem details and records say them.</summary>
    public const string NameCharacters = "A-Z a-z 0-9 . _ : $ -";

    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // The prefix of an appProtocol is a DNS subdomain of 253, its name has 63 (kubernetes.io/h2c).
    private const int MaxForeignProtocolLength = 253 + 1 + 63;

    private static readonly SearchValues<char> _nameCharacters = SearchValues.Create(Alphanumeric + "._:$-");
    private static readonly SearchValues<char> _protocolCharacters = SearchValues.Create(Alphanumeric + "._+/-");
    private static readonly SearchValues<char> _foreignProtocolCharacters = SearchValues.Create(Alphanumeric + "._:$+/-");

    /// <summary>The name of a service, an application or an interface.</summary>
    public static bool IsName(string text) => IsOf(text, MaxNameLength, _nameCharacters);

    /// <summary>A group or version: the characters of a name, at most 128; "" is unset.</summary>
    public static bool IsQualifier(string text) => text.Length == 0 || IsRevision(text);

    /// <summary>The revision of a MetadataInfo: as a version, but not "".</summary>
    public static bool IsRevision(string text) => IsOf(text, MaxQualifierLength, _nameCharacters);

    /// <summary>The name of one of several ports.</summary>
    public static bool IsPortName(string text) => IsOf(text, MaxPortNameLength, _nameCharacters);

    /// <summary>A protocol as a registration names it.</summary>
    public static bool IsProtocol(string text) => IsOf(text, MaxProtocolLength, _protocolCharacters);

    /// <summary>A protocol that others named: Dubbo, or a slice's appProtocol in the own key of an endpoint.</summary>
    public static bool IsForeignProtocol(string text) => IsOf(text, MaxForeignProtocolLength, _foreignProtocolCharacters);

    public static bool IsMetadataKey(string text) => text.Length is > 0 and <= MaxMetadataKeyLength;

    public static bool IsPort(int port) => port is >= 1 and <= 65_535;

    public static bool IsWeight(int weight) => weight is >= 0 and <= MaxWeight;

    private static bool IsOf(string text, int longest, SearchValues<char> characters) =>
        text.Length > 0 && text.Length <= longest && !text.AsSpan().ContainsAnyExcept(characters);
}

/// <summary>The members that a stored record and a declared registration body share, and their rules.</summary>
internal static class RegistrationMembers
{
    /// <summary>The fields of the key; invalid when <paramref name="members"/> has faults afterwards.</summary>
    public static RegistrationKey ReadKey(MemberReader members, string ns)
    {
        var service = members.Text("service");
        if (service is null)
            Require(members, "service");
        else if (!RegistrationRules.IsName(service))
            members.Faults.Add($"service must be 1 to {RegistrationRules.MaxNameLength} of A-Za-z0-9._:$-");

        var port = members.Number("port", 1, 65_535);
        if (port is null)
            Require(members, "port");

        var protocol = members.Text("protocol") ?? RegistrationRules.DefaultProtocol;
        if (!RegistrationRules.IsForeignProtocol(protocol))
            members.Faults.Add($"protocol must be 1 to {RegistrationRules.MaxNameLength} of A-Za-z0-9._:$/+-");

        return new(ns, service ?? "", Qualifier(members, "group"), Qualifier(members, "version"), protocol, port ?? 0);
    }

    /// <summary>An additional port without a protocol has that of the registration.</summary>
    public static ImmutableArray<NamedPort> ReadPorts(MemberReader members, string protocol)
    {
        var ports = ImmutableArray.CreateBuilder<NamedPort>();
        foreach (var item in members.Objects("ports"))
        {
            var port = new MemberReader(item);
            var read = new NamedPort(port.Text("name") ?? "", port.Number("port", 1, 65_535) ?? 0, port.Text("protocol") ?? protocol);
            if (read.Port == 0)
                Require(port, "port");
            if (!RegistrationRules.IsForeignProtocol(read.Protocol))
                port.Faults.Add($"protocol must be 1 to {RegistrationRules.MaxNameLength} of A-Za-z0-9._:$/+-");
            members.Faults.AddRange(port.Faults.Select(fault => $"ports/{ports.Count}: {fault}"));
            ports.Add(read);
        }

        return ports.ToImmutable();
    }

    public static int? ReadWeight(MemberReader members) => members.Number("weight", 0, RegistrationRules.MaxWeight);

    private static string Qualifier(MemberReader members, string name)
    {
        var text = members.Text(name) ?? "";
        if (!RegistrationRules.IsQualifier(text))
            members.Faults.Add($"{name} must be at most {RegistrationRules.MaxQualifierLength} of A-Za-z0-9._:$-");
        return text;
    }

    // A member of the wrong kind has been reported already and is not missing.
    private static void Require(MemberReader members, string name)
    {
        if (!members.Has(name))
            members.Faults.Add($"{name} is missing");
    }
}
