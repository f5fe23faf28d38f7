using System.Text.Json;
using Gateway.Api.Requests;
using Gateway.Core.Registry;
using Gateway.Core.Registry.History;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Api.Endpoints;

/// <summary><c>GET /v1/history</c>: the latest changes of a namespace that this replica published, oldest first.</summary>
internal sealed class HistoryEndpoint(RegistryState state, RegistryHistory history, NamespaceRead reads)
{
    public async Task ListAsync(HttpContext context)
    {
        if (await reads.AdmitAsync(context, HistoryQuery.Read(context.Request), static query => query.Namespace) is not { } query)
            return;
        var snapshot = state.Current;
        var page = history.Read(snapshot, query.Namespace, query.Service, query.Since, query.Limit);
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        await JsonAnswer.WriteAsync(context, writer => Write(writer, page));
    }

    private static void Write(Utf8JsonWriter writer, HistoryPage page)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items"u8);
        foreach (var change in page.Items)
            Write(writer, change);
        writer.WriteEndArray();
        writer.WriteBoolean("truncated"u8, page.IsTruncated);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, HistoryChange change)
    {
        writer.WriteStartObject();
        writer.WriteString("at"u8, InstanceJson.Time(change.Of.At));
        writer.WriteString("revision"u8, change.Of.Revision.ToString());
        writer.WriteString("type"u8, change.Type);
        writer.WritePropertyName("instance"u8);
        InstanceJson.Write(writer, change.Instance!);
        writer.WriteString("from"u8, change.Before is { } before ? InstanceStatusNames.Of(before.Status) : null);
        writer.WriteString("to"u8, change.After is { } after ? InstanceStatusNames.Of(after.Status) : null);
        writer.WriteString("cause"u8, change.Cause);
        writer.WriteEndObject();
    }
}
