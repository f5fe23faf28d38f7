using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Dubbo;

/// <summary>
/// The annotation <c>io.dubbo/metadata</c> of Dubbo Java 3: a flat JSON map, two of whose members are JSON texts themselves. Numbers and
/// booleans are read as text, as Dubbo does. A map written by the gateway (it has <c>registry-gateway.id</c>) is ignored, and so is that of
/// an application that exports nothing (revision 0).
/// </summary>
public sealed class DubboJavaFormat : IAnnotationFormat
{
    private const string NothingExported = "0";
    private const string DefaultProtocol = "dubbo";

    // Each of them is an instance with a copy of the whole map.
    private const int MaxEndpoints = RegistrationRules.MaxPorts;

    public InstanceSource Source => InstanceSource.DubboJava;

    /// <summary>
    /// Whether a write looks like Dubbo Java's first one, which assumes a pod without annotations: only its own annotation is left.
    /// </summary>
    public static bool Wiped(Pod before, Pod after) =>
        after.Metadata.Annotations.TryGetValue(DubboKeys.JavaAnnotation, out var value)
        && !before.Metadata.Annotations.ContainsKey(DubboKeys.JavaAnnotation)
        && after.Metadata.AnnotationBytes == Encoding.UTF8.GetByteCount(DubboKeys.JavaAnnotation) + Encoding.UTF8.GetByteCount(value);

    public void Read(Pod pod, PodRecordsBuilder found)
    {
        if (!pod.Metadata.Annotations.TryGetValue(DubboKeys.JavaAnnotation, out var value) || value.Length == 0)
            return;

        var map = DubboJavaMap.Parse(value, out var fault);
        if (map is null)
        {
            Refuse(found, fault);
            return;
        }

        if (map.ContainsKey(DubboKeys.OwnId))
            return;
        if (map.IsEmpty)
        {
            Refuse(found, "is an empty map: no valid service metadata");
            return;
        }

        var revision = map.GetValueOrDefault(DubboKeys.JavaRevision, "");
        if (revision == NothingExported)
            return;
        if (ReadEndpoints(map.GetValueOrDefault(DubboKeys.JavaEndpoints, "")) is not { } endpoints)
        {
            Refuse(found, $"{DubboKeys.JavaEndpoints} is not a JSON array of objects with a port");
            return;
        }

        found.Add(new DubboJavaMetadata
        {
            Metadata = map,
            Endpoints = endpoints,
            Revision = revision.Length > 0 ? revision : null,
            MetadataService = DubboJavaMap.Parse(map.GetValueOrDefault(DubboKeys.JavaUrlParameters, "{}"), out _) ?? RegistrationRecord.NoMetadata,
            RegisteredAt = DubboTime.Parse(map.GetValueOrDefault("timestamp", "")),
        });
    }

    private static ImmutableArray<DubboEndpoint>? ReadEndpoints(string text)
    {
        if (text.Length == 0)
            return [];
        if (!AnnotationJson.TryParse(text, out var document, out _))
            return null;

        using (document)
        {
            try
            {
                return ReadEndpoints(document.RootElement);
            }
            catch (InvalidOperationException)
            {
                // Thrown by JsonElement for an escaped lone surrogate.
                return null;
            }
        }
    }

    private static ImmutableArray<DubboEndpoint>? ReadEndpoints(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
            return array.ValueKind == JsonValueKind.Null ? [] : null;

        var endpoints = ImmutableArray.CreateBuilder<DubboEndpoint>();
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("port", out var port) || port.ValueKind != JsonValueKind.Number)
                return null;

            // An invalid port is skipped: Dubbo cannot reach it either.
            if (!WholeNumber.TryRead(port, out var number) || !RegistrationRules.IsPort(number))
                continue;
            var endpoint = new DubboEndpoint(number, ProtocolOf(item));
            if (endpoints.Count < MaxEndpoints && !endpoints.Contains(endpoint))
                endpoints.Add(endpoint);
        }

        return endpoints.ToImmutable();
    }

    private static string ProtocolOf(JsonElement item) =>
        item.TryGetProperty("protocol", out var protocol) && protocol.ValueKind == JsonValueKind.String
            && protocol.GetString() is { } text && RegistrationRules.IsForeignProtocol(text) ? text : DefaultProtocol;

    private void Refuse(PodRecordsBuilder found, string reason) => found.Add(new UnreadableRecord(Source, DubboKeys.JavaAnnotation, null, reason));
}
