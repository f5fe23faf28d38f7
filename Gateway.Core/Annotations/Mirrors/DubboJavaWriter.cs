using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Records;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>Writes the map of <c>io.dubbo/metadata</c> for the registrations of one application, members sorted.</summary>
internal static class DubboJavaWriter
{
    // The version whose format this is, and that of its wire protocol; consumers treat a provider without them as a very old one.
    private const string Release = "3.2.6";
    private const string WireVersion = "2.0.2";

    /// <summary>The application of a registration; consumers look for a Kubernetes Service of that name.</summary>
    public static string ApplicationOf(RegistrationRecord record) =>
        record.Metadata.GetValueOrDefault("application") is { Length: > 0 } application ? application : record.Key.Service;

    /// <summary>
    /// <paramref name="records"/> are of one application, one port for each protocol. Metadata becomes members of the map (from the
    /// earliest registration where two differ) and may override computed members, except endpoints, timestamp and the gateway's mark.
    /// </summary>
    public static string Write(IReadOnlyList<RegistrationRecord> records)
    {
        var map = RegistrationRecord.NoMetadata.ToBuilder();
        foreach (var (name, value) in records.SelectMany(static record => record.Metadata))
        {
            if (name.Length > 0 && value.Length > 0)
                map.TryAdd(name, value);
        }

        var endpoints = records.Select(static record => new DubboEndpoint(record.Key.Port, record.Key.Protocol)).Distinct().ToList();
        map.TryAdd(DubboKeys.JavaRevision, DubboJavaRevision.Of(ApplicationOf(records[0]), records, WireVersion, Release));
        map.TryAdd(DubboKeys.JavaStorageType, "local");
        map.TryAdd(DubboKeys.JavaUrlParameters, UrlParameters(endpoints, records[0].Metadata.GetValueOrDefault("release", Release)));
        if (records[0].Weight != RegistrationRules.DefaultWeight)
            map.TryAdd("weight", records[0].Weight.ToString(CultureInfo.InvariantCulture));

        // If all instances have this member, REST consumers need no MetadataService.
        if (endpoints.TrueForAll(static endpoint => endpoint.Protocol is "http" or "rest"))
            map.TryAdd("preserved.register.source", "SPRING_CLOUD");

        map[DubboKeys.JavaEndpoints] = Endpoints(endpoints);
        map[DubboKeys.OwnId] = string.Join(',', records.Select(static record => record.Id));
        map.Remove("timestamp");
        if (records[0].RegisteredAt is { } registeredAt)
            map["timestamp"] = registeredAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return Object(map);
    }

    // Where the provider's own MetadataService listens, if it has one: on the Dubbo protocol's port, else on the first.
    private static string UrlParameters(List<DubboEndpoint> endpoints, string release)
    {
        var endpoint = endpoints.Find(static endpoint => endpoint.Protocol is "dubbo" or "tri") ?? endpoints[0];
        return Object(
        [
            new("version", "1.0.0"),
            new("dubbo", WireVersion),
            new("release", release),
            new("side", "provider"),
            new("port", endpoint.Port.ToString(CultureInfo.InvariantCulture)),
            new("protocol", endpoint.Protocol),
        ]);
    }

    private static string Endpoints(List<DubboEndpoint> endpoints)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AnnotationJson.Compact))
        {
            json.WriteStartArray();
            foreach (var endpoint in endpoints)
            {
                json.WriteStartObject();
                json.WriteNumber("port"u8, endpoint.Port);
                json.WriteString("protocol"u8, endpoint.Protocol);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Object(IEnumerable<KeyValuePair<string, string>> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AnnotationJson.Compact))
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
                json.WriteString(name, value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
