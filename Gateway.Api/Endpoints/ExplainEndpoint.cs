using System.Text.Json;
using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Informers;
using Gateway.Core.Leases;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Explain;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Projection;

namespace Gateway.Api.Endpoints;

/// <summary>
/// <c>GET /v1/explain</c>: why a service, or a pod under its name, is listed or not. Answered from this replica's memory; a namespace that is not watched
/// is a check that failed.
/// </summary>
internal sealed class ExplainEndpoint(
    RegistryState state, ClusterCache cluster, RegistryFeeds feeds, ILeaseStore leases, IPostLog posts, LookupAccessCheck access,
    PodRecordReader reader)
{
    public async Task ExplainAsync(HttpContext context)
    {
        var query = ExplainQuery.Read(context.Request);
        if (query.IsRefused(out var refusal))
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        if (!state.Current.HasSynced || !cluster.HasSynced)
        {
            await ProblemAnswer.WriteAsync(context, NotSynced.Refusal());
            return;
        }

        var (service, pod, filter) = query.Value;
        var mayRead = await access.MayReadAsync(context, service.Namespace);
        if (mayRead.IsRefused(out refusal))
        {
            await ProblemAnswer.WriteAsync(context, refusal);
            return;
        }

        var snapshot = state.Current;
        var explanation = ServiceExplainer.Explain(new ExplainQuestion
        {
            Snapshot = snapshot,
            Key = service,
            Pod = pod,
            Filter = filter,
            Service = cluster.FindService(service.Namespace, service.Name),
            Slices = cluster.SlicesOf(service.Namespace, service.Name),
            IsWatched = cluster.Watches(service.Namespace),
            WatchesEveryPod = feeds.WatchesEveryPod,
            ListsEndpoints = reader.Reads(InstanceSource.Endpoints),
            ShowsDetails = mayRead.Value,
            Leases = leases,
            Posts = posts,
        });
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        await JsonAnswer.WriteAsync(context, writer => Write(writer, explanation));
    }

    private static void Write(Utf8JsonWriter writer, Explanation explanation)
    {
        writer.WriteStartObject();
        writer.WriteString("verdict"u8, explanation.Verdict);
        writer.WriteStartArray("checks"u8);
        foreach (var check in explanation.Checks)
        {
            writer.WriteStartObject();
            writer.WriteString("check"u8, check.Check);
            if (check.Passed is { } passed)
                writer.WriteBoolean("passed"u8, passed);
            else
                writer.WriteNull("passed"u8);
            writer.WriteString("found"u8, check.Found);
            writer.WriteString("help"u8, check.Help);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("instances"u8);
        foreach (var instance in explanation.Instances)
            InstanceJson.Write(writer, instance);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
