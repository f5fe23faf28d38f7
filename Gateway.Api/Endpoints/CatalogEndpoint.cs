using System.Text.Json;
using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary><c>GET /v1/services</c>: lists services with counts by status. A list contains only services that the caller may read.</summary>
internal sealed class CatalogEndpoint(RegistryState state, LookupAccessCheck access)
{
    private static readonly string[] Parameters = ["namespace", "prefix", "source", "limit", "continue"];

    public async Task ListAsync(HttpContext context)
    {
        var faults = new FaultList();
        var query = Read(context.Request, faults);
        var snapshot = state.Current;
        if (!faults.IsEmpty)
        {
            await ProblemAnswer.WriteAsync(context, faults.ToRefusal());
            return;
        }
        if (!snapshot.HasSynced)
        {
            await ProblemAnswer.WriteAsync(context, NotSynced.Refusal());
            return;
        }
        if (query.Namespace is { } ns && access.NotWatched(ns) is { } unwatched)
        {
            await ProblemAnswer.WriteAsync(context, await access.CheckAsync(context, ns) ?? unwatched);
            return;
        }
        Func<string, bool>? mayRead = null;
        if (!access.IsOpen)
        {
            var namespaces = query.Namespace is null ? snapshot.Services.Keys.Select(static key => key.Namespace).Distinct() : [query.Namespace];
            var readable = await access.ReadableAsync(context, namespaces);
            if (readable.IsRefused(out var refusal))
            {
                await ProblemAnswer.WriteAsync(context, refusal);
                return;
            }
            mayRead = readable.Value.Contains;
        }
        var page = ServiceCatalog.List(snapshot, query, mayRead);
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        await JsonAnswer.WriteAsync(context, writer => Write(writer, page));
    }

    private static CatalogQuery Read(HttpRequest request, FaultList faults)
    {
        var query = new QueryReader(request.Query, faults);
        var catalog = new CatalogQuery
        {
            Namespace = query.Text("namespace"),
            Prefix = query.Text("prefix"),
            Source = FilterParameters.ReadSource(ref query, faults),
            Limit = query.Integer("limit", 1, ServiceCatalog.MaxLimit) ?? ServiceCatalog.DefaultLimit,
        };
        var token = query.Text("continue");
        query.Finish(Parameters);
        if (token is null)
            return catalog;
        if (!ServiceCatalog.TryReadToken(token, out var after))
            faults.AtParameter("continue", FaultCodes.InvalidValue, "'continue' must be the value returned with an earlier page.");
        return catalog with { After = after };
    }

    private static void Write(Utf8JsonWriter writer, CatalogPage page)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        foreach (var service in page.Items)
            Write(writer, service);
        writer.WriteEndArray();
        writer.WriteString("continue"u8, page.Continue);
        writer.WriteString("revision"u8, page.Revision.ToString());
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ServiceSnapshot service)
    {
        var summary = service.Summary;
        writer.WriteStartObject();
        writer.WriteString("namespace"u8, service.Key.Namespace);
        writer.WriteString("name"u8, service.Key.Name);
        writer.WriteStartObject("instances"u8);
        for (var status = 0; status < summary.Counts.Length; status++)
        {
            if (summary.Counts[status] > 0)
                writer.WriteNumber(InstanceStatusNames.All[status], summary.Counts[status]);
        }
        writer.WriteEndObject();
        Write(writer, "groups", summary.Groups);
        Write(writer, "versions", summary.Versions);
        Write(writer, "protocols", summary.Protocols);
        Write(writer, "sources", summary.Sources.Select(InstanceSourceNames.Of));
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
