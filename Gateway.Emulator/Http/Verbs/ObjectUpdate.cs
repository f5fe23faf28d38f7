using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Validation;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>
/// The common part of PUT and PATCH: read, make the new content, validate it, write it over exactly the version read, and start again if
/// another client wrote in between.
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
            CheckTarget(request, current, content);
            CheckVersion(request, current, content);
            cluster.Objects.Complete(current, content, subresource);
            ObjectRules.CheckUpdate(request.Kind, current.Content, content, subresource);
            if (!admitted)
                admission.CheckUpdate(request, current, content, scope);
            admitted = true;
            if (cluster.Objects.TryReplace(current, content, scope) is not { } stored)
                continue;
            stored = Finish(stored, scope);
            await Answers.WriteAsync(request, 200, stored, cluster.Time.GetUtcNow());
            return;
        }
    }

    // As apiserver's update handler: the body must name the object of the path.
    private static void CheckTarget(ApiRequest request, StoredObject current, JsonObject content)
    {
        var name = (string?)content["metadata"]?["name"];
        if (string.IsNullOrEmpty(name))
            throw ApiFailure.BadRequest($"the name of the object ({current.Name} based on URL) was undeterminable: name must be provided");
        if (name != current.Name)
            throw ApiFailure.BadRequest($"the name of the object ({name}) does not match the name on the URL ({current.Name})");
        if ((string?)content["metadata"]?["namespace"] is { Length: > 0 } space && space != request.Path.Namespace)
            throw ApiFailure.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
    }

    private static void CheckVersion(ApiRequest request, StoredObject current, JsonObject content)
    {
        var asked = (string?)content["metadata"]?["resourceVersion"];
        if (!string.IsNullOrEmpty(asked) && !long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new ApiFailure(500, null, $"strconv.ParseUint: parsing \"{asked}\": invalid syntax");
        if (!string.IsNullOrEmpty(asked) && asked != current.Version.ToString(CultureInfo.InvariantCulture))
            throw ApiFailure.Modified(request.Kind, current.Name);
    }

    // An object that only its finalizers kept is removed with the last of them.
    private StoredObject Finish(StoredObject stored, WriteScope scope)
    {
        var metadata = stored.Content["metadata"]!;
        var waits = metadata["deletionTimestamp"] is not null && (long?)metadata["deletionGracePeriodSeconds"] is null or 0;
        if (waits && !scope.DryRun && metadata["finalizers"] is null)
            cluster.Storage.Delete(stored.Kind, stored.Key, stored.Version, out _);
        return stored;
    }
}
