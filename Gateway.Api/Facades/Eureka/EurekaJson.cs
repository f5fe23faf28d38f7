using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// Instances as JSON, as Eureka's Jackson codec writes them: <c>application</c> and <c>instance</c> are always arrays, times outside leaseInfo are
/// texts. The overridden status has both spellings that clients read.
/// </summary>
internal sealed class EurekaJson : IEurekaForm
{
    public static readonly EurekaJson Shared = new();

    public string MediaType => "application/json";

    public ReadOnlyMemory<byte> Separator { get; } = ","u8.ToArray();

    public byte[] Begin(string hash, long version) => [.. "{\"applications\":{\"versions__delta\":\""u8, .. Utf8(version.ToString(CultureInfo.InvariantCulture)),
        .. "\",\"apps__hashcode\":\""u8, .. Utf8(hash), .. "\",\"application\":["u8];

    public ReadOnlyMemory<byte> End { get; } = "]}}"u8.ToArray();

    public ReadOnlyMemory<byte> BeginOne { get; } = "{\"application\":"u8.ToArray();

    public ReadOnlyMemory<byte> EndOne { get; } = "}"u8.ToArray();

    public byte[] Application(string name, IEnumerable<(EurekaInstance Instance, string Action)> instances) => Bytes(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, name);
        writer.WriteStartArray("instance"u8);
        foreach (var (instance, action) in instances)
            Write(writer, instance, action);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    public byte[] Instance(EurekaInstance instance) => Bytes(writer =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("instance"u8);
        Write(writer, instance, EurekaActions.Added);
        writer.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter writer, EurekaInstance instance, string action)
    {
        var detail = instance.Detail;
        writer.WriteStartObject();
        writer.WriteString("instanceId"u8, instance.InstanceId);
        writer.WriteString("hostName"u8, instance.HostName);
        writer.WriteString("app"u8, instance.App);
        writer.WriteString("ipAddr"u8, instance.IpAddr);
        writer.WriteString("status"u8, instance.Status);
        writer.WriteString("overriddenStatus"u8, instance.OverriddenStatus);
        writer.WriteString("overriddenstatus"u8, instance.OverriddenStatus);
        WritePort(writer, "port"u8, instance.Port);
        WritePort(writer, "securePort"u8, instance.SecurePort);
        writer.WriteNumber("countryId"u8, 1);
        WriteDataCenter(writer, instance);
        WriteLease(writer, instance);
        WriteMap(writer, "metadata"u8, instance.Metadata);
        writer.WriteString("homePageUrl"u8, instance.HomePageUrl);
        WriteText(writer, "statusPageUrl"u8, instance.StatusPageUrl);
        WriteText(writer, "healthCheckUrl"u8, instance.HealthCheckUrl);
        WriteText(writer, "secureHealthCheckUrl"u8, instance.SecureHealthCheckUrl);
        WriteText(writer, "vipAddress"u8, instance.Vip);
        WriteText(writer, "secureVipAddress"u8, instance.SecureVip);
        WriteText(writer, "asgName"u8, detail.AsgName);
        WriteText(writer, "appGroupName"u8, detail.AppGroupName);
        writer.WriteString("isCoordinatingDiscoveryServer"u8, "false"u8);
        var time = instance.RegisteredAt.ToString(CultureInfo.InvariantCulture);
        writer.WriteString("lastUpdatedTimestamp"u8, time);
        writer.WriteString("lastDirtyTimestamp"u8, time);
        writer.WriteString("actionType"u8, action);
        writer.WriteEndObject();
    }

    private static void WritePort(Utf8JsonWriter writer, ReadOnlySpan<byte> name, EurekaPort port)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("$"u8, port.Number);
        writer.WriteString("@enabled"u8, port.Enabled ? "true"u8 : "false"u8);
        writer.WriteEndObject();
    }

    private static void WriteDataCenter(Utf8JsonWriter writer, EurekaInstance instance)
    {
        writer.WriteStartObject("dataCenterInfo"u8);
        writer.WriteString("@class"u8, EurekaDataCenter.ClassOf(instance.DataCenter));
        writer.WriteString("name"u8, instance.DataCenter);
        if (!instance.Detail.DataCenterMetadata.IsEmpty)
            WriteMap(writer, "metadata"u8, instance.Detail.DataCenterMetadata);
        writer.WriteEndObject();
    }

    private static void WriteLease(Utf8JsonWriter writer, EurekaInstance instance)
    {
        writer.WriteStartObject("leaseInfo"u8);
        writer.WriteNumber("renewalIntervalInSecs"u8, instance.Detail.RenewalSeconds ?? EurekaActions.RenewalSeconds);
        writer.WriteNumber("durationInSecs"u8, instance.Detail.DurationSeconds ?? EurekaActions.DurationSeconds);
        writer.WriteNumber("registrationTimestamp"u8, instance.RegisteredAt);
        writer.WriteNumber("lastRenewalTimestamp"u8, instance.RegisteredAt);
        writer.WriteNumber("evictionTimestamp"u8, 0);
        writer.WriteNumber("serviceUpTimestamp"u8, instance.RegisteredAt);
        writer.WriteEndObject();
    }

    // Java's codec names the class of an empty map; every client takes it without.
    private static void WriteMap(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<KeyValuePair<string, string>> map)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in map)
            writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is { Length: > 0 })
            writer.WriteString(name, value);
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
