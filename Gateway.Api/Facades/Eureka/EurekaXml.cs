using System.Globalization;
using System.Text;
using System.Xml;

namespace Gateway.Api.Facades.Eureka;

/// <summary>Instances as XML, as Eureka's XStream codec writes them: what a client gets that names no JSON in Accept.</summary>
internal sealed class EurekaXml : IEurekaForm
{
    public static readonly EurekaXml Shared = new();

    private static readonly XmlWriterSettings Settings = new() { OmitXmlDeclaration = true, Encoding = new UTF8Encoding(false), ConformanceLevel = ConformanceLevel.Fragment };

    public string MediaType => "application/xml";

    public ReadOnlyMemory<byte> Separator => default;

    public byte[] Begin(string hash, long version) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"<applications><versions__delta>{version}</versions__delta><apps__hashcode>{hash}</apps__hashcode>"));

    public ReadOnlyMemory<byte> End { get; } = "</applications>"u8.ToArray();

    public ReadOnlyMemory<byte> BeginOne => default;

    public ReadOnlyMemory<byte> EndOne => default;

    public byte[] Application(string name, IEnumerable<(EurekaInstance Instance, string Action)> instances) => Bytes(writer =>
    {
        writer.WriteStartElement("application");
        Write(writer, "name", name);
        foreach (var (instance, action) in instances)
            Write(writer, instance, action);
        writer.WriteEndElement();
    });

    public byte[] Instance(EurekaInstance instance) => Bytes(writer => Write(writer, instance, EurekaActions.Added));

    private static void Write(XmlWriter writer, EurekaInstance instance, string action)
    {
        var detail = instance.Detail;
        writer.WriteStartElement("instance");
        Write(writer, "instanceId", instance.InstanceId);
        Write(writer, "hostName", instance.HostName);
        Write(writer, "app", instance.App);
        Write(writer, "ipAddr", instance.IpAddr);
        Write(writer, "status", instance.Status);
        Write(writer, "overriddenstatus", instance.OverriddenStatus);
        WritePort(writer, "port", instance.Port);
        WritePort(writer, "securePort", instance.SecurePort);
        Write(writer, "countryId", 1);
        writer.WriteStartElement("dataCenterInfo");
        writer.WriteAttributeString("class", EurekaDataCenter.ClassOf(instance.DataCenter));
        Write(writer, "name", instance.DataCenter);
        if (!detail.DataCenterMetadata.IsEmpty)
            WriteMap(writer, detail.DataCenterMetadata);
        writer.WriteEndElement();
        WriteLease(writer, instance);
        WriteMap(writer, instance.Metadata);
        Write(writer, "homePageUrl", instance.HomePageUrl);
        WriteSaid(writer, "statusPageUrl", instance.StatusPageUrl);
        WriteSaid(writer, "healthCheckUrl", instance.HealthCheckUrl);
        WriteSaid(writer, "secureHealthCheckUrl", instance.SecureHealthCheckUrl);
        WriteSaid(writer, "vipAddress", instance.Vip);
        WriteSaid(writer, "secureVipAddress", instance.SecureVip);
        WriteSaid(writer, "asgName", detail.AsgName);
        WriteSaid(writer, "appGroupName", detail.AppGroupName);
        Write(writer, "isCoordinatingDiscoveryServer", "false");
        Write(writer, "lastUpdatedTimestamp", instance.RegisteredAt);
        Write(writer, "lastDirtyTimestamp", instance.RegisteredAt);
        Write(writer, "actionType", action);
        writer.WriteEndElement();
    }

    private static void WritePort(XmlWriter writer, string name, EurekaPort port)
    {
        writer.WriteStartElement(name);
        writer.WriteAttributeString("enabled", port.Enabled ? "true" : "false");
        writer.WriteValue(port.Number);
        writer.WriteEndElement();
    }

    private static void WriteLease(XmlWriter writer, EurekaInstance instance)
    {
        writer.WriteStartElement("leaseInfo");
        Write(writer, "renewalIntervalInSecs", instance.Detail.RenewalSeconds ?? EurekaActions.RenewalSeconds);
        Write(writer, "durationInSecs", instance.Detail.DurationSeconds ?? EurekaActions.DurationSeconds);
        Write(writer, "registrationTimestamp", instance.RegisteredAt);
        Write(writer, "lastRenewalTimestamp", instance.RegisteredAt);
        Write(writer, "evictionTimestamp", 0);
        Write(writer, "serviceUpTimestamp", instance.RegisteredAt);
        writer.WriteEndElement();
    }

    private static void WriteMap(XmlWriter writer, IReadOnlyCollection<KeyValuePair<string, string>> map)
    {
        writer.WriteStartElement("metadata");
        if (map.Count == 0)
            writer.WriteAttributeString("class", "java.util.Collections$EmptyMap");
        foreach (var (key, value) in map)
        {
            // XML has no form for it.
            if (key.Length > 0)
                Write(writer, EurekaXmlNames.Encode(key), value);
        }

        writer.WriteEndElement();
    }

    private static void WriteSaid(XmlWriter writer, string name, string? value)
    {
        if (value is { Length: > 0 })
            Write(writer, name, value);
    }

    private static void Write(XmlWriter writer, string name, string value) => writer.WriteElementString(name, EurekaXmlNames.Clean(value));

    private static void Write(XmlWriter writer, string name, long value) => writer.WriteElementString(name, value.ToString(CultureInfo.InvariantCulture));

    private static byte[] Bytes(Action<XmlWriter> write)
    {
        var buffer = new MemoryStream();
        using (var writer = XmlWriter.Create(buffer, Settings))
            write(writer);
        return buffer.ToArray();
    }
}
