using System.Buffers;
using System.Text.Json;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Dubbo.Views;

/// <summary>
/// The providers of an interface for a Dubbo consumer: <c>{namespace, interface, revision, stale, urls, instances}</c>, each instance with
/// the <c>url</c> that has the same index in <c>urls</c>. Group and version are compared as Dubbo does.
/// </summary>
public sealed class ProvidersFormat : InstanceFormat
{
    public static readonly ProvidersFormat Shared = new();

    public override string Key => "dubbo-providers";

    public override string? Facade => "dubbo";

    public override bool Fits(LookupFilter filter, Instance instance) =>
        !instance.IsOfApplication && QualifierPattern.Matches(filter.Group, instance.Key.Group) && QualifierPattern.Matches(filter.Version, instance.Key.Version)
        && ProviderUrl.IsCallable(instance);

    public override void WriteInstance(Utf8JsonWriter writer, Instance instance)
    {
        writer.WriteStartObject();
        InstanceJson.WriteMembers(writer, instance);
        writer.WriteString("url"u8, ProviderUrl.Of(instance));
        writer.WriteString("revision"u8, instance.Revision);
        InstanceJson.WriteHostname(writer, instance);
        writer.WriteEndObject();
    }

    internal override void WriteName(Utf8JsonWriter writer, ServiceSnapshot service)
    {
        writer.WriteString("namespace"u8, service.Key.Namespace);
        writer.WriteString("interface"u8, service.Key.Name);
    }

    internal override void WriteTail(ArrayBufferWriter<byte> buffer, ServiceSnapshot service, LookupView view)
    {
        WriteArray(buffer, "urls", view, static (writer, instance) => writer.WriteStringValue(ProviderUrl.Of(instance)));
        WriteArray(buffer, "instances", view, WriteInstance);
    }
}
