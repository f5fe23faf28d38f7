using System.Collections.Immutable;
using System.Text;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Native;

/// <summary>
/// The members of a stored record. Its rules are wider than those of a registration that is asked for now: what is stored stays readable, and
/// an own key that overrides an endpoint has the slice's protocol.
/// </summary>
internal static class StoredMembers
{
    /// <summary>
    /// The fields of the key; invalid when <paramref name="members"/> has faults afterwards. An endpoint of a Service without ports has port 0.
    /// </summary>
    public static RegistrationKey ReadKey(MemberReader members, string ns, bool isOverlay)
    {
        var service = members.Text("service");
        if (service is null)
            Require(members, "service");
        else if (!RegistrationRules.IsStoredName(service))
            members.Faults.Add($"service must be 1 to {RegistrationRules.MaxNameLength} of A-Za-z0-9._:$-");

        var port = members.Number("port", isOverlay ? 0 : 1, 65_535);
        if (port is null)
            Require(members, "port");

        var protocol = members.Text("protocol") ?? RegistrationRules.DefaultProtocol;
        if (!RegistrationRules.IsForeignProtocol(protocol))
            members.Faults.Add($"protocol must be 1 to {RegistrationRules.MaxForeignProtocolLength} of A-Za-z0-9._:$/+-");

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
                port.Faults.Add($"protocol must be 1 to {RegistrationRules.MaxForeignProtocolLength} of A-Za-z0-9._:$/+-");
            members.Faults.AddRange(port.Faults.Select(fault => $"ports/{ports.Count}: {fault}"));
            ports.Add(read);
        }

        return ports.ToImmutable();
    }

    /// <summary>The ids under which clients of other registries know the registration, by protocol; protocols that this version does not know included.</summary>
    public static ImmutableArray<ClientAlias> ReadClients(MemberReader members)
    {
        var clients = ImmutableArray<ClientAlias>.Empty;
        foreach (var (protocol, item) in members.ObjectsByName("client"))
        {
            var client = new MemberReader(item);
            var id = client.Text("id") ?? "";
            var detail = client.Raw("detail");
            if (!RegistrationRules.IsClientProtocol(protocol) || clients.Length == ClientAlias.MaxProtocols)
                members.Faults.Add($"client must name at most {ClientAlias.MaxProtocols} protocols, in lower-case letters");
            else if (!ClientAlias.IsId(id))
                members.Faults.Add($"client.{protocol}.id must be 1 to {ClientAlias.MaxIdLength} characters");
            else if (detail is not null && Encoding.UTF8.GetByteCount(detail) > ClientAlias.MaxDetailBytes)
                members.Faults.Add($"client.{protocol}.detail must be at most {ClientAlias.MaxDetailBytes} bytes");
            else
                clients = ClientAliases.With(clients, new ClientAlias(protocol, id, detail));
            members.Faults.AddRange(client.Faults.Select(fault => $"client.{protocol}.{fault}"));
            if (members.Faults.Count > 0)
                return [];
        }

        return clients;
    }

    public static int? ReadWeight(MemberReader members) => members.Number("weight", 0, RegistrationRules.MaxWeight);

    private static string Qualifier(MemberReader members, string name)
    {
        var text = members.Text(name) ?? "";
        if (!RegistrationRules.IsStoredQualifier(text))
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
