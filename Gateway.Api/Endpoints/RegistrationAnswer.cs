using System.Text.Json;
using Gateway.Api.Endpoints.Drain;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registration;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Api.Endpoints;

/// <summary>Writes the answers of the write side as JSON.</summary>
internal static class RegistrationAnswer
{
    /// <summary>
    /// The instance as lookups return it, with the revision of the write instead of the instance's own, so that it can be sent as
    /// <c>minRevision</c>.
    /// </summary>
    public static void WriteOne(Utf8JsonWriter writer, RegistrationOutcome outcome, DrainReport? drain = null)
    {
        var one = outcome.Items[0];
        writer.WriteStartObject();
        InstanceJson.WriteMembers(writer, one.Instance);
        WriteMirrorsAndWarnings(writer, one);
        writer.WriteString("revision"u8, outcome.Revision);
        InstanceJson.WriteHostname(writer, one.Instance);
        if (drain is not null)
            WriteDrain(writer, drain);
        writer.WriteEndObject();
    }

    public static void WriteAll(Utf8JsonWriter writer, RegistrationOutcome outcome)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        foreach (var item in outcome.Items)
        {
            writer.WriteStartObject();
            InstanceJson.WriteMembers(writer, item.Instance);
            writer.WriteString("revision"u8, item.Instance.Revision);
            InstanceJson.WriteHostname(writer, item.Instance);
            WriteMirrorsAndWarnings(writer, item);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteString("revision"u8, outcome.Revision);
        writer.WriteEndObject();
    }

    public static void WriteList(Utf8JsonWriter writer, IReadOnlyList<PodRegistrations> pods)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        foreach (var pod in pods)
        {
            foreach (var instance in pod.Items)
            {
                writer.WriteStartObject();
                InstanceJson.WriteMembers(writer, instance);
                writer.WriteString("revision"u8, instance.Revision);
                InstanceJson.WriteHostname(writer, instance);
                WriteMirrors(writer, pod.MirrorsOf(instance));
                writer.WriteEndObject();
            }

            foreach (var record in pod.Unreadable)
                WriteUnreadable(writer, pod, record);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteUnreadable(Utf8JsonWriter writer, PodRegistrations pod, UnreadableRecord record)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, record.Id);
        writer.WriteString("namespace"u8, pod.Pod.Namespace);
        writer.WriteStartObject("pod"u8);
        writer.WriteString("name"u8, pod.Pod.Name);
        writer.WriteString("uid"u8, pod.Uid);
        writer.WriteEndObject();
        writer.WriteString("source"u8, InstanceSourceNames.Of(record.Source));
        writer.WriteString("annotation"u8, record.AnnotationKey);
        writer.WriteString("status"u8, "UNREADABLE"u8);
        writer.WriteString("reason"u8, record.Reason);
        writer.WriteEndObject();
    }

    private static void WriteMirrors(Utf8JsonWriter writer, IReadOnlyDictionary<string, MirrorState> mirrors)
    {
        writer.WriteStartObject("mirrors"u8);
        foreach (var (name, mirror) in mirrors)
        {
            writer.WriteStartObject(name);
            writer.WriteString("state"u8, mirror.State);
            writer.WriteString("reason"u8, mirror.Reason);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    private static void WriteMirrorsAndWarnings(Utf8JsonWriter writer, RegisteredInstance one)
    {
        WriteMirrors(writer, one.Mirrors);
        writer.WriteStartArray("warnings"u8);
        foreach (var warning in one.Warnings)
            writer.WriteStringValue(warning);
        writer.WriteEndArray();
    }

    private static void WriteDrain(Utf8JsonWriter writer, DrainReport drain)
    {
        writer.WriteStartObject("drain"u8);
        if (drain.Complete is { } complete)
            writer.WriteBoolean("complete"u8, complete);
        else
            writer.WriteNull("complete"u8);
        writer.WriteNumber("replicas"u8, drain.Replicas);
        writer.WriteNumber("subscribers"u8, drain.Subscribers);
        writer.WriteNumber("pending"u8, drain.Pending);
        writer.WriteNumber("milliseconds"u8, drain.Milliseconds);
        writer.WriteString("reason"u8, drain.Reason);
        writer.WriteEndObject();
    }
}
