using System.Text.Json;
using Gateway.Api.Callers;
using Gateway.Api.Endpoints;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Dubbo.Views;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Dubbo;

/// <summary>
/// The registry's endpoints for Dubbo consumers: interfaces, their providers as URLs, their consumers, applications. Providers and instances are
/// ordinary lookups and streams in another format.
/// </summary>
internal sealed class DubboViewsEndpoint(
    RegistryState state, IApplicationStore applications, LookupEndpoint lookups, WatchEndpoint watches, LookupAccessCheck access)
{
    private const string Interface = "interface";
    private const string Application = "app";

    public async Task ListAsync(HttpContext context)
    {
        var faults = new FaultList();
        var ns = RouteNamespace(context, faults);
        var query = new QueryReader(context.Request.Query, faults);
        var prefix = query.Text("prefix") ?? "";
        query.Finish("prefix");
        if (await IsRefusedAsync(context, ns, faults))
            return;
        var snapshot = state.Current;
        Begin(context, snapshot);
        await JsonAnswer.WriteAsync(context, writer => Write(writer, ns, snapshot, InterfaceCatalog.List(snapshot, applications, ns, prefix)));
    }

    public Task FindProvidersAsync(HttpContext context) => LookUpAsync(context, Interface, ProvidersFormat.Shared);

    public Task WatchProvidersAsync(HttpContext context) => WatchAsync(context, Interface, ProvidersFormat.Shared);

    public Task FindInstancesAsync(HttpContext context) => LookUpAsync(context, Application, ApplicationFormat.Shared);

    public Task WatchInstancesAsync(HttpContext context) => WatchAsync(context, Application, ApplicationFormat.Shared);

    public async Task FindConsumersAsync(HttpContext context)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults, Interface);
        var query = new QueryReader(context.Request.Query, faults);
        var (group, version) = (query.Text("group"), query.Text("version"));
        query.Finish("group", "version");
        if (await IsRefusedAsync(context, service.Namespace, faults))
            return;
        var snapshot = state.Current;
        var consumers = DubboPods.Of(snapshot).ConsumersOf(service)
            .Where(one => QualifierPattern.Matches(group, one.Consumer.Group) && QualifierPattern.Matches(version, one.Consumer.Version));
        Begin(context, snapshot);
        await JsonAnswer.WriteAsync(context, writer => Write(writer, service, snapshot, consumers));
    }

    private Task LookUpAsync(HttpContext context, string parameter, InstanceFormat form)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults, parameter);
        return lookups.LookUpAsync(context, service, LookupQuery.Read(context.Request, faults, form), faults);
    }

    private Task WatchAsync(HttpContext context, string parameter, InstanceFormat form)
    {
        var faults = new FaultList();
        var service = RouteService.Read(context, faults, parameter);
        return watches.RunAsync(context, WatchQuery.ReadOne(context.Request, service, faults, form), faults);
    }

    private static string RouteNamespace(HttpContext context, FaultList faults)
    {
        var ns = (string)context.Request.RouteValues["ns"]!;
        if (!ObjectNames.IsLabel(ns))
            faults.AtParameter("ns", FaultCodes.InvalidValue, "A namespace must be a DNS label.");
        return ns;
    }

    private async ValueTask<bool> IsRefusedAsync(HttpContext context, string ns, FaultList faults)
    {
        var refusal = !faults.IsEmpty ? faults.ToRefusal()
            : !state.Current.HasSynced ? NotSynced.Refusal()
            : await access.CheckAsync(context, ns);
        if (refusal is not null)
            await ProblemAnswer.WriteAsync(context, refusal);
        return refusal is not null;
    }

    private static void Begin(HttpContext context, RegistrySnapshot snapshot)
    {
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
    }

    private static void Write(Utf8JsonWriter writer, string ns, RegistrySnapshot snapshot, IReadOnlyList<DubboInterface> interfaces)
    {
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, ns);
        writer.WriteString("revision"u8, snapshot.Revision.ToString());
        writer.WriteBoolean("stale"u8, snapshot.IsStale);
        writer.WriteStartArray("items"u8);
        foreach (var one in interfaces)
        {
            writer.WriteStartObject();
            writer.WriteString("interface"u8, one.Name);
            writer.WriteStartObject("providers"u8);
            for (var status = 0; status < one.Providers.Counts.Length; status++)
            {
                if (one.Providers.Counts[status] > 0)
                    writer.WriteNumber(InstanceStatusNames.All[status], one.Providers.Counts[status]);
            }

            writer.WriteEndObject();
            writer.WriteNumber("consumers"u8, one.Consumers);
            WriteTexts(writer, "groups", one.Providers.Groups);
            WriteTexts(writer, "versions", one.Providers.Versions);
            WriteTexts(writer, "protocols", one.Providers.Protocols);
            WriteTexts(writer, "applications", one.Applications);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ServiceKey service, RegistrySnapshot snapshot, IEnumerable<DubboConsumerPod> consumers)
    {
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, service.Namespace);
        writer.WriteString("interface"u8, service.Name);
        writer.WriteString("revision"u8, snapshot.Revision.ToString());
        writer.WriteBoolean("stale"u8, snapshot.IsStale);
        writer.WriteStartArray("consumers"u8);
        foreach (var (pod, consumer) in consumers)
            Write(writer, new DubboConsumerPod(pod, consumer));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, DubboConsumerPod one)
    {
        var (pod, consumer) = one;
        writer.WriteStartObject();
        writer.WriteString("url"u8, one.Url);
        writer.WriteString("address"u8, one.Address.Length == 0 ? null : one.Address);
        writer.WriteString("group"u8, consumer.Group);
        writer.WriteString("version"u8, consumer.Version);
        writer.WriteString("protocol"u8, consumer.Protocol);
        writer.WriteStartObject("pod"u8);
        writer.WriteString("name"u8, pod.Metadata.Name);
        writer.WriteString("uid"u8, pod.Metadata.Uid);
        writer.WriteString("node"u8, pod.NodeName);
        writer.WriteEndObject();
        writer.WriteStartObject("metadata"u8);
        foreach (var (name, value) in consumer.Metadata)
            writer.WriteString(name, value);
        writer.WriteEndObject();
        writer.WriteString("source"u8, InstanceSourceNames.Of(consumer.Source));
        writer.WriteString("registeredAt"u8, consumer.RegisteredAt is { } at ? InstanceJson.Time(at) : null);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
