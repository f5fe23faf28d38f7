using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Native;

/// <summary>
/// The registry's own format: one annotation <c>&lt;prefix&gt;/&lt;id&gt;</c> a registration (contract, section 5). A record is valid only
/// for the pod whose uid its id was made from, so an annotation that was copied to another pod is detected.
/// </summary>
public sealed class NativeFormat(AnnotationOptions options) : IAnnotationFormat
{
    /// <summary>The member <c>v</c> that is written, and the newest version that is read.</summary>
    public const int Version = 1;

    public InstanceSource Source => InstanceSource.Gateway;

    public void Read(Pod pod, PodRecordsBuilder found)
    {
        List<string>? keys = null;
        foreach (var key in pod.Metadata.Annotations.Keys)
        {
            if (options.IsKeyOfId(key))
                (keys ??= []).Add(key);
        }

        if (keys is null)
            return;

        // An annotation map has no order; the result must have one.
        keys.Sort(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (!found.HasRoom(Source, key))
                return;
            var id = key[(options.AnnotationPrefix.Length + 1)..];
            if (TryRead(pod, id, pod.Metadata.Annotations[key], out var reason) is { } record)
                found.Add(record);
            else
                found.Add(new UnreadableRecord(Source, key, id, reason));
        }
    }

    /// <summary>
    /// Reads one annotation value as the registration <paramref name="id"/> of <paramref name="pod"/>; null with a reason when it is
    /// invalid.
    /// </summary>
    public static RegistrationRecord? TryRead(Pod pod, string id, string value, out string reason)
    {
        if (!AnnotationJson.TryParse(value, out var document, out var fault))
        {
            reason = fault;
            return null;
        }

        using (document)
        {
            try
            {
                return Read(pod, id, document.RootElement, out reason);
            }
            catch (InvalidOperationException)
            {
                // Thrown by JsonElement for an escaped lone surrogate; the kind of each value is checked before it is read.
                reason = AnnotationJson.NotUnicode;
                return null;
            }
        }
    }

    /// <summary>
    /// The annotation value for <paramref name="record"/>: defaults are omitted, members have a fixed order, equal records are equal bytes.
    /// Members of <paramref name="existing"/> that this version does not know are kept after the known ones.
    /// </summary>
    public static string Write(RegistrationRecord record, JsonObject? existing = null) =>
        NativeWriter.Write(record, existing);

    /// <summary>As <see cref="Write"/>, over the current annotation value; one that is not a JSON object is overwritten.</summary>
    public static string Rewrite(RegistrationRecord record, string? existingValue) =>
        NativeWriter.Write(record, NativeWriter.ParseExisting(existingValue));

    private static RegistrationRecord? Read(Pod pod, string id, JsonElement body, out string reason)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            reason = "is not a JSON object";
            return null;
        }

        var members = new MemberReader(body);
        var version = members.Number("v", 1, int.MaxValue);
        if (version != Version)
        {
            reason = version is null
                ? "v must be a whole number from 1"
                : $"was written by a newer version: v is {version}, {Version} is the newest that is read here";
            return null;
        }

        var record = ReadMembers(members, pod, id);
        if (members.Faults.Count > 0)
        {
            reason = string.Join("; ", members.Faults);
            return null;
        }

        if (record.Key.IdFor(pod.Metadata.Uid) != id)
        {
            reason = "belongs to another pod: the id is not that of this pod's uid and the record's own key";
            return null;
        }

        reason = "";
        return record;
    }

    private static RegistrationRecord ReadMembers(MemberReader members, Pod pod, string id)
    {
        var isOverlay = members.Flag("overlay");
        var record = new RegistrationRecord
        {
            Id = id,
            Key = StoredMembers.ReadKey(members, pod.Metadata.Namespace, isOverlay),
            Source = InstanceSource.Gateway,
            OutOfService = ReadOutOfService(members),
            OutOfServiceReason = members.Text("outOfServiceReason") is { } said && ClientReasons.All.Contains(said) ? said : null,
        };
        var weight = StoredMembers.ReadWeight(members);
        record = record with { Weight = weight ?? RegistrationRules.DefaultWeight };
        if (isOverlay)
            return record with { IsOverlay = true, WeightOverride = weight };

        var registeredAt = members.Time("registeredAt");
        return record with
        {
            Ports = StoredMembers.ReadPorts(members, record.Key.Protocol),
            Metadata = members.TextMap("metadata"),
            Ttl = members.Number("ttl", 1, int.MaxValue),
            Container = members.Text("container"),
            RestartCount = members.Number("restarts", 0, int.MaxValue) ?? 0,
            Run = members.Text("run") is { } run && ContainerStatus.IsRun(run) ? run : null,
            Host = members.Text("host") is { } host && IPAddress.TryParse(host, out _) ? host : null,
            RegisteredAt = registeredAt,
            PostedAt = members.Time("postedAt") ?? registeredAt,
            Mirrors = members.Texts("mirrors"),
            Clients = StoredMembers.ReadClients(members),
        };
    }

    private static OutOfService ReadOutOfService(MemberReader members)
    {
        switch (members.Text("outOfService"))
        {
            case null:
                return OutOfService.No;
            case "pod":
                return OutOfService.ByPod;
            case "other":
                return OutOfService.ByOther;
            default:
                members.Faults.Add("outOfService must be pod or other");
                return OutOfService.No;
        }
    }
}
