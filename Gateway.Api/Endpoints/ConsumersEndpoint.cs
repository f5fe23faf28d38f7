using System.Text.Json;
using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Consumers;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary><c>GET /v1/consumers</c>: who looked a service up or subscribed to it within a day, or what a pod did.</summary>
internal sealed class ConsumersEndpoint(RegistryState state, ConsumerDirectory consumers, NamespaceRead reads, LookupAccessCheck access)
{
    public async Task ListAsync(HttpContext context)
    {
        if (await reads.AdmitAsync(context, ConsumersQuery.Read(context.Request), static query => query.Namespace) is not { } query)
            return;
        var found = query.Key is { } service
            ? await consumers.OfServiceAsync(service, context.RequestAborted)
            : await consumers.OfPodAsync(query.Namespace, query.Pod!, context.RequestAborted);
        var readable = await ReadableAsync(context, query, found);
        if (readable.IsRefused(out var refusal))
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        var shown = found.Where(one => readable.Value is not { } named || named.Contains(OtherNamespace(query, one)))
            .OrderBy(static one => one.Key.Namespace, StringComparer.Ordinal).ThenBy(static one => one.Workload, StringComparer.Ordinal)
            .ThenBy(static one => one.Key.Pod, StringComparer.Ordinal).ThenBy(static one => one.Key.Address, StringComparer.Ordinal)
            .ThenBy(static one => one.Key.Service).ThenBy(static one => one.Key.Facade, StringComparer.Ordinal).ToList();
        AnswerHeaders.Write(context.Response, state.Current);
        context.Response.Headers.CacheControl = "no-cache";
        await JsonAnswer.WriteAsync(context, writer => Write(writer, shown, found.Count - shown.Count));
    }

    /// <summary>The other side's namespaces that the caller may read; null: all.</summary>
    private async Task<Result<HashSet<string>?>> ReadableAsync(HttpContext context, ConsumersQuery query, IReadOnlyList<ConsumerRecord> found)
    {
        var others = found.Select(one => OtherNamespace(query, one)).Distinct(StringComparer.Ordinal).Where(ns => ns.Length > 0 && ns != query.Namespace).ToList();
        if (access.IsOpen || others.Count == 0)
            return (HashSet<string>?)null;
        var readable = await access.ReadableAsync(context, others);
        if (readable.IsRefused(out var refusal))
            return refusal;

        // An address without a pod is in no namespace.
        readable.Value.UnionWith([query.Namespace, ""]);
        return readable.Value;
    }

    private static string OtherNamespace(ConsumersQuery query, ConsumerRecord one) => query.Pod is null ? one.Key.Namespace : one.Key.Service.Namespace;

    private static void Write(Utf8JsonWriter writer, List<ConsumerRecord> shown, int hidden)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        foreach (var one in shown)
        {
            writer.WriteStartObject();
            writer.WriteString("workload"u8, one.Workload);
            writer.WriteString("namespace"u8, one.Key.HasPod ? one.Key.Namespace : null);
            writer.WriteString("pod"u8, one.Key.HasPod ? one.Key.Pod : null);
            writer.WriteString("address"u8, one.Address);
            writer.WriteString("service"u8, one.Key.Service.ToString());
            writer.WriteBoolean("proved"u8, one.IsProved);
            writer.WriteNumber("lookups"u8, one.Lookups);
            writer.WriteNumber("streams"u8, one.Streams);
            writer.WriteString("lastSeen"u8, InstanceJson.Time(one.LastSeen));
            writer.WriteString("facade"u8, one.Key.Facade);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("hidden"u8, hidden);
        writer.WriteEndObject();
    }
}
