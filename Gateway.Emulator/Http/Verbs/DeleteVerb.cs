using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>DELETE: pods with their grace period, other objects at once unless a finalizer keeps them.</summary>
internal sealed class DeleteVerb(EmulatedCluster cluster, Admission admission)
{
    public async Task HandleAsync(ApiRequest request)
    {
        if (request.Path.Subresource.Length > 0)
            throw ApiFailure.MethodNotAllowed();
        var options = await DeleteOptions.ReadAsync(request);
        var current = cluster.Storage.Get(request.Kind, request.Path.Namespace, request.Path.Name)
            ?? throw ApiFailure.NotFound(request.Kind, request.Path.Name);
        admission.Check(request, current.Name, current.Content, null);
        var last = Delete(request, options, request.Path.Name);
        if (request.Kind == ResourceKinds.Pods || request.Kind == ResourceKinds.Services || request.Kind == ResourceKinds.ServiceAccounts
            || request.Kind == ResourceKinds.Namespaces)
        {
            await Answers.WriteAsync(request, 200, last, cluster.Time.GetUtcNow());
            return;
        }
        await Answers.WriteAsync(request.Context, 200, Success(last));
    }

    /// <summary>Deletes all objects that match the selectors, one by one.</summary>
    public async Task HandleCollectionAsync(ApiRequest request)
    {
        var options = await DeleteOptions.ReadAsync(request);
        var selector = ListOptions.Parse(request, cluster.Options.WatchList).Selector;
        var (objects, version) = cluster.Storage.ListWithVersion(request.Kind, request.Server);
        var items = new JsonArray();
        foreach (var item in objects.In(selector.Namespace).Where(selector.Matches).ToList())
        {
            try
            {
                items.Add(Delete(request, options, item.Name, item.Namespace).Copy());
            }
            catch (ApiFailure failure) when (failure.Code == 404)
            {
                // Another client deleted it meanwhile.
            }
        }
        await Answers.WriteAsync(request.Context, 200, new JsonObject
        {
            ["kind"] = request.Kind.Kind + "List",
            ["apiVersion"] = request.Kind.ApiVersion,
            ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) },
            ["items"] = items,
        });
    }

    private StoredObject Delete(ApiRequest request, DeleteOptions options, string name, string? ns = null)
    {
        while (true)
        {
            var current = cluster.Storage.Get(request.Kind, ns ?? request.Path.Namespace, name) ?? throw ApiFailure.NotFound(request.Kind, name);
            options.CheckPreconditions(current);
            var grace = current.Kind == ResourceKinds.Pods ? GraceOf(current.Content, options) : 0;
            var finalizers = current.Content["metadata"]!["finalizers"] is JsonArray { Count: > 0 };
            if (options.IsDryRun)
                return current;
            if (current.Kind == ResourceKinds.Pods || finalizers)
            {
                var marked = MarkTerminating(current, grace, new WriteScope(request.Manager));
                if (marked is null)
                    continue;
                if (grace > 0 || finalizers)
                    return marked;
                current = marked;
            }
            if (cluster.Storage.Delete(current.Kind, current.Key, current.Version, out var removed) == WriteOutcome.Written)
                return removed!;
        }
    }

    /// <summary>Sets the deletionTimestamp, or moves it to an earlier time; null when another client wrote in between.</summary>
    private StoredObject? MarkTerminating(StoredObject current, long grace, WriteScope scope)
    {
        var next = current.Copy();
        var metadata = next["metadata"]!.AsObject();
        var now = cluster.Time.GetUtcNow();
        if (DateTimeOffset.TryParse((string?)metadata["deletionTimestamp"], CultureInfo.InvariantCulture, out var due))
        {
            var before = (long?)metadata["deletionGracePeriodSeconds"] ?? 0;
            if (grace >= before)
                return current;
            metadata["deletionTimestamp"] = ObjectWriter.Format(due.AddSeconds(grace - before));
        }
        else
        {
            metadata["deletionTimestamp"] = ObjectWriter.Format(now.AddSeconds(grace));
            if (metadata["generation"] is { } generation)
                metadata["generation"] = (long)generation + 1;
        }
        metadata["deletionGracePeriodSeconds"] = grace;
        return cluster.Objects.TryReplace(current, next, scope);
    }

    // A pod that is not bound to a node, or that has finished, is removed without grace. Of a terminating pod the period can only shrink.
    private static long GraceOf(JsonObject pod, DeleteOptions options)
    {
        if (string.IsNullOrEmpty((string?)pod["spec"]?["nodeName"]) || (string?)pod["status"]?["phase"] is "Failed" or "Succeeded")
            return 0;
        var own = (long?)pod["metadata"]!["deletionGracePeriodSeconds"] ?? (long?)pod["spec"]?["terminationGracePeriodSeconds"] ?? 30;
        return Math.Max(0, options.GracePeriodSeconds ?? own);
    }

    private static JsonObject Success(StoredObject item)
    {
        var details = new JsonObject { ["name"] = item.Name };
        if (item.Kind.Group.Length > 0)
            details["group"] = item.Kind.Group;
        details["kind"] = item.Kind.Plural;
        details["uid"] = item.Uid;
        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        };
    }
}
