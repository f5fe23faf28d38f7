using System.Buffers;
using System.Text.Json;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry;

/// <summary>
/// How a lookup's answer, and a stream's events, show instances, and how group and version are compared. Holds no state: the same instance
/// is shown the same on every replica.
/// </summary>
public abstract class InstanceFormat
{
    /// <summary>The form of the contract, section 2.</summary>
    public static readonly InstanceFormat Native = new NativeForm();

    /// <summary>Identifies the form in filters and event ids; "" for the native one.</summary>
    public abstract string Key { get; }

    /// <summary>The protocol whose clients read it; null: the native one.</summary>
    public abstract string? Facade { get; }

    /// <summary>Whether group and version match, and the form can show the instance at all.</summary>
    public abstract bool Fits(LookupFilter filter, Instance instance);

    public abstract void WriteInstance(Utf8JsonWriter writer, Instance instance);

    public void WriteInstance(IBufferWriter<byte> output, Instance instance)
    {
        using var writer = new Utf8JsonWriter(output, InstanceJson.WriterOptions);
        WriteInstance(writer, instance);
    }

    /// <summary>Writes the members before the revision.</summary>
    internal abstract void WriteName(Utf8JsonWriter writer, ServiceSnapshot service);

    /// <summary>Writes the members between <c>stale</c> and the end of the answer, as JSON text that begins with a comma.</summary>
    internal abstract void WriteTail(ArrayBufferWriter<byte> buffer, ServiceSnapshot service, LookupView view);

    /// <summary>Writes one member whose value is an array.</summary>
    private protected static void WriteArray(ArrayBufferWriter<byte> buffer, string name, LookupView view, Action<Utf8JsonWriter, Instance> write)
    {
        buffer.Write(System.Text.Encoding.UTF8.GetBytes($",\"{name}\":"));
        using var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions);
        writer.WriteStartArray();
        foreach (var instance in view.Instances)
            write(writer, instance);
        writer.WriteEndArray();
    }

    private sealed class NativeForm : InstanceFormat
    {
        public override string Key => "";

        public override string? Facade => null;

        public override bool Fits(LookupFilter filter, Instance instance) => !instance.IsOfApplication &&
            (filter.Group is null || filter.Group == instance.Key.Group) && (filter.Version is null || filter.Version == instance.Key.Version);

        public override void WriteInstance(Utf8JsonWriter writer, Instance instance) => InstanceJson.Write(writer, instance);

        internal override void WriteName(Utf8JsonWriter writer, ServiceSnapshot service)
        {
            writer.WriteString("namespace"u8, service.Key.Namespace);
            writer.WriteString("service"u8, service.Key.Name);
            writer.WriteBoolean("known"u8, !service.IsEmpty);
        }

        internal override void WriteTail(ArrayBufferWriter<byte> buffer, ServiceSnapshot service, LookupView view)
        {
            buffer.Write(",\"fallback\":"u8);
            using (var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions))
                FallbackJson.Write(writer, service.Fallback);
            WriteArray(buffer, "instances", view, InstanceJson.Write);
        }
    }
}
