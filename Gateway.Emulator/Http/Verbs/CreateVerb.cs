using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Validation;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Http.Verbs;

internal sealed class CreateVerb(EmulatedCluster cluster, Admission admission)
{
    public async Task HandleAsync(ApiRequest request)
    {
        if (request.Path.Name.Length > 0)
            throw ApiFailure.MethodNotAllowed();
        var content = await ManifestReader.ReadAsync(request.Context, request.Kind.Kind, request.Kind.ApiVersion);
        Place(request, content);

        // A creation does not set status: components write it later. Only nodes register together with their status.
        if (request.Kind.HasStatus && request.Kind != ResourceKinds.Nodes)
            content.Remove("status");
        cluster.Objects.Complete(request.Kind, content);
        ObjectRules.CheckCreate(request.Kind, content);
        CheckNamespace(request);
        var name = (string)content["metadata"]!["name"]!;
        admission.Check(request, name, null, content);
        var stored = cluster.Objects.Store(request.Kind, content, new WriteScope(request.Manager, DryRun: request.IsDryRun))
            ?? throw ApiFailure.AlreadyExists(request.Kind, name);
        await Answers.WriteAsync(request, 201, stored, cluster.Time.GetUtcNow());
    }

    internal static void Place(ApiRequest request, JsonObject content)
    {
        if (content["metadata"] is not JsonObject metadata)
            content["metadata"] = metadata = [];
        if (!request.Kind.Namespaced)
        {
            metadata.Remove("namespace");
            return;
        }
        if (request.Path.Namespace.Length == 0)
            throw ApiFailure.MethodNotAllowed();
        if ((string?)metadata["namespace"] is { Length: > 0 } given && given != request.Path.Namespace)
            throw ApiFailure.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        metadata["namespace"] = request.Path.Namespace;
    }

    private void CheckNamespace(ApiRequest request)
    {
        if (request.Kind.Namespaced && cluster.Storage.Get(ResourceKinds.Namespaces, "", request.Path.Namespace) is null)
            throw ApiFailure.NotFound(ResourceKinds.Namespaces, request.Path.Namespace);
    }
}
