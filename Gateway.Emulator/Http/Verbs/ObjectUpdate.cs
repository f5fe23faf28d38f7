using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Validation;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>
/// What PUT and PATCH have in common: read, make the next content, check it, write it over exactly what was read, and do it again when someone
/// else was faster.
/// </summary>
internal sealed class ObjectUpdate(EmulatedCluster cluster, Admission admission)
{
    public async Task HandleAsync(ApiRequest request, Func<StoredObject, JsonObject> next)
    {
        var subresource = request.Path.Subresource.Length == 0 ? null : request.Path.Subresource;
        if (subresource is not null && (subresource != "status" || !request.Kind.HasStatus))
            throw ApiFailure.UnknownPath();
        var scope = new WriteScope(request.Manager, subresource, request.IsDryRun);
        var admitted = false;
        while (true)
        {
            var current = cluster.Storage.Get(request.Kind, request.Path.Namespace, request.Path.Name)
                ?? throw ApiFailure.NotFound(request.Kind, request.Path.Name);
            var content = next(current);
            CheckVersion(request, current, content);
            cluster.Objects.Complete(current, content, subresource);
            ObjectRules.CheckUpdate(request.Kind, current.Content, content, subresource);
            if (!admitted)
                admission.Check(request, current.Name, current.Content, content);
            admitted = true;
            if (cluster.Objects.TryReplace(current, content, scope) is not { } stored)
                continue;
            stored = Finish(stored, scope);
            await Answers.WriteAsync(request, 200, stored, cluster.Time.GetUtcNow());
            return;
        }
    }

    private static void CheckVersion(ApiRequest request, StoredObject current, JsonObject content)
    {
        var asked = (string?)content["metadata"]?["resourceVersion"];
        if (!string.IsNullOrEmpty(asked) && asked != current.Version.ToString(CultureInfo.InvariantCulture))
            throw ApiFailure.Modified(request.Kind, current.Name);
    }

    // An object that was only kept by its finalizers goes with the last of them.
    private StoredObject Finish(StoredObject stored, WriteScope scope)
    {
        var metadata = stored.Content["metadata"]!;
        var waits = metadata["deletionTimestamp"] is not null && (long?)metadata["deletionGracePeriodSeconds"] is null or 0;
        if (waits && !scope.DryRun && metadata["finalizers"] is null && stored.Kind != ResourceKinds.Pods)
            cluster.Storage.Delete(stored.Kind, stored.Key, stored.Version, out _);
        return stored;
    }
}
