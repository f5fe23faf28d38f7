using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Native;

/// <summary>
/// The annotation <c>&lt;prefix&gt;/declare</c> of a pod template: an array of registration bodies for services that cannot call the
/// gateway (contract, section 5). Each body is accepted or refused on its own, by the rules of a POST. It is bound to no container run, and
/// a <c>ttl</c> is refused because nothing would renew the lease.
/// </summary>
public sealed class DeclaredFormat(AnnotationOptions options) : IAnnotationFormat
{
    private static readonly HashSet<string> _members = new(StringComparer.Ordinal)
    {
        "service", "port", "group", "version", "protocol", "ports", "metadata", "weight", "ttl", "container", "mirrors",
    };

    private readonly string _key = options.DeclareKey;

    public InstanceSource Source => InstanceSource.Declared;

    public void Read(Pod pod, PodRecordsBuilder found)
    {
        if (!pod.Metadata.Annotations.TryGetValue(_key, out var value))
            return;
        if (!AnnotationJson.TryParse(value, out var document, out var reason))
        {
            Refuse(found, reason);
            return;
        }

        using (document)
        {
            if (document.RootElement.ValueKind == JsonValueKind.Array)
                ReadAll(pod, document.RootElement, found);
            else
                Refuse(found, "is not a JSON array of registrations");
        }
    }

    private void ReadAll(Pod pod, JsonElement bodies, PodRecordsBuilder found)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var place = -1;
        foreach (var body in bodies.EnumerateArray())
        {
            place++;
            if (TryRead(pod, body, out var reason) is not { } record)
                Refuse(found, $"/{place}: {reason}");
            else if (!places.TryAdd(record.Id, place))
                Refuse(found, $"/{place}: declares the same registration as /{places[record.Id]}");
            else
                found.Add(record);
        }
    }

    private RegistrationRecord? TryRead(Pod pod, JsonElement body, out string reason)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            reason = "is not a JSON object";
            return null;
        }

        try
        {
            var members = new MemberReader(body);
            var record = ReadMembers(members, body, pod);
            reason = string.Join("; ", members.Faults);
            return members.Faults.Count == 0 ? record : null;
        }
        catch (InvalidOperationException)
        {
            // Thrown by JsonElement for an escaped lone surrogate; the kind of each value is checked before it is read.
            reason = AnnotationJson.NotUnicode;
            return null;
        }
    }

    private RegistrationRecord ReadMembers(MemberReader members, JsonElement body, Pod pod)
    {
        var key = RegistrationMembers.ReadKey(members, pod.Metadata.Namespace);
        var record = new RegistrationRecord
        {
            Id = key.IdFor(pod.Metadata.Uid),
            Key = key,
            Source = Source,
            Ports = RegistrationMembers.ReadPorts(members, key.Protocol),
            Metadata = members.TextMap("metadata"),
            Weight = RegistrationMembers.ReadWeight(members) ?? RegistrationRules.DefaultWeight,
            Mirrors = members.Texts("mirrors"),
        };
        members.Text("container");
        if (members.Has("ttl"))
            members.Faults.Add("ttl: a declared registration cannot be renewed, so it cannot have a lease");
        foreach (var member in body.EnumerateObject())
        {
            if (!_members.Contains(member.Name))
                members.Faults.Add($"{member.Name} is not a member of a declared registration");
        }

        return record;
    }

    private void Refuse(PodRecordsBuilder found, string reason) => found.Add(new UnreadableRecord(Source, _key, null, reason));
}
