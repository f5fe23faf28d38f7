using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>PUT: replaces the whole object, with optimistic concurrency where the body has a resourceVersion.</summary>
internal sealed class UpdateVerb(ObjectUpdate update)
{
    public async Task HandleAsync(ApiRequest request)
    {
        if (request.Path.Name.Length == 0)
            throw ApiFailure.MethodNotAllowed();
        var content = await ManifestReader.ReadAsync(request.Context, request.Kind.Kind, request.Kind.ApiVersion);
        CreateVerb.Place(request, content);
        var metadata = content["metadata"]!.AsObject();
        if ((string?)metadata["name"] is { Length: > 0 } name && name != request.Path.Name)
            throw ApiFailure.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Path.Name})");
        if (request.Kind == ResourceKinds.Leases && string.IsNullOrEmpty((string?)metadata["resourceVersion"]))
        {
            throw ApiFailure.Invalid(request.Kind, request.Path.Name,
                [FieldFault.Invalid("metadata.resourceVersion", "0x0", "must be specified for an update")]);
        }
        await update.HandleAsync(request, current =>
        {
            if ((string?)metadata["uid"] is { Length: > 0 } uid && uid != current.Uid)
            {
                throw ApiFailure.Conflict(request.Kind, current.Name,
                    $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}");
            }
            return (JsonObject)content.DeepClone();
        });
    }
}
