using System.Buffers;
using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Records;

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
        if (!RegistrationRules.IsProtocol(protocol))
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
            if (!RegistrationRules.IsProtocol(read.Protocol))
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
