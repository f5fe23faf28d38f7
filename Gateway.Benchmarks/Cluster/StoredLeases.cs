using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Cluster;

/// <summary>Holds the Lease objects of elections, as text by their path. Any request may write.</summary>
internal sealed class StoredLeases
{
    private readonly ConcurrentDictionary<string, string> _leases = new(StringComparer.Ordinal);
    private long _version = ClusterShape.FirstVersion;

    public async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await (_leases.TryGetValue(path, out var found)
                ? FakeApiServer.JsonAsync(context, (JsonObject)JsonNode.Parse(found)!)
                : FakeApiServer.StatusAsync(context, 404, "NotFound"));
            return;
        }

        var lease = (JsonObject)(await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        var isNew = HttpMethods.IsPost(context.Request.Method);
        lease["metadata"]!["resourceVersion"] = Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture);
        lease["metadata"]!["uid"] = "6c5eadc7-4785-4949-b138-000000000000";
        _leases[isNew ? $"{path}/{(string)lease["metadata"]!["name"]!}" : path] = lease.ToJsonString();
        await FakeApiServer.JsonAsync(context, lease, isNew ? 201 : 200);
    }
}
