using System.Text.Json;
using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary><c>GET .../services/{name}/dns</c>: the DNS records of a Kubernetes Service, as a fallback while the registry is unavailable.</summary>
internal sealed class ServiceDnsEndpoint(RegistryState state, ClusterCache cluster, KubernetesOptions options, LookupAccessCheck access, ConsumerRecorder consumers)
{
    public async Task FindAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults);
        new QueryReader(context.Request.Query, faults).Finish();
        var snapshot = state.Current;
        var refusal = !faults.IsEmpty ? faults.ToRefusal()
            : !snapshot.HasSynced || !cluster.HasSynced ? NotSynced.Refusal()
            : await access.CheckAsync(context, service.Namespace);
        if (refusal is not null)
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        if (cluster.FindService(service.Namespace, service.Name) is not { } found)
        {
            await ProblemAnswer.WriteAsync(context, new Refusal(RefusalCodes.NotFound, $"Kubernetes Service {service} does not exist."));
            return;
        }

        consumers.LookedUp(context, service);
        var records = ServiceRecords.Of(found, cluster.SlicesOf(service.Namespace, service.Name), options.ClusterDomain);
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        await JsonAnswer.WriteAsync(context, writer => Write(writer, service, snapshot.IsStale, records));
    }

    private void Write(Utf8JsonWriter writer, ServiceKey service, bool isStale, IReadOnlyList<DnsRecord> records)
    {
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, service.Namespace);
        writer.WriteString("service"u8, service.Name);
        writer.WriteString("domain"u8, options.ClusterDomain);
        writer.WriteBoolean("stale"u8, isStale);
        writer.WriteStartArray("records"u8);
        foreach (var record in records)
            Write(writer, record);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, DnsRecord record)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, record.Name);
        writer.WriteString("type"u8, record.Type);
        if (record.Address is not null)
            writer.WriteString("address"u8, record.Address);
        if (record.Port is { } port)
        {
            writer.WriteNumber("priority"u8, DnsRecord.Priority);
            writer.WriteNumber("weight"u8, DnsRecord.Weight);
            writer.WriteNumber("port"u8, port);
        }

        if (record.Target is not null)
            writer.WriteString("target"u8, record.Target);
        writer.WriteEndObject();
    }
}
