using System.Text;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Patching;
using Gateway.Emulator.Schema;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>PATCH in its three forms, each applied to the object as stored at that moment.</summary>
internal sealed class PatchVerb(ObjectUpdate update)
{
    public async Task HandleAsync(ApiRequest request)
    {
        if (request.Path.Name.Length == 0)
            throw ApiFailure.MethodNotAllowed();
        var apply = Reader(request);
        var reader = new BodyReader();
        JsonNode? patch;
        try
        {
            patch = reader.Read(await ManifestReader.ReadBytesAsync(request.Context));
        }
        catch (BodyFailure failure)
        {
            throw ApiFailure.BadRequest("error decoding patch: " + failure.Message);
        }
        await update.HandleAsync(request, current =>
        {
            var target = apply(current, patch);
            Validate(request, current, target, patch, reader.Duplicates);
            return target;
        });
    }

    private static Func<StoredObject, JsonNode?, JsonObject> Reader(ApiRequest request) =>
        (request.Context.Request.ContentType?.Split(';')[0].Trim()) switch
        {
            "application/merge-patch+json" => static (current, patch) =>
                MergePatch.Apply(current.Copy(), AsObject(patch)) as JsonObject ?? throw Rejected(),
            "application/strategic-merge-patch+json" => static (current, patch) => ApplyStrategic(current, AsObject(patch)),
            "application/json-patch+json" => static (current, patch) => ApplyOperations(current, patch as JsonArray ?? throw Undecodable("[]")),
            _ => throw new ApiFailure(415, "UnsupportedMediaType", "415: Unsupported Media Type", []),
        };

    private static JsonObject ApplyOperations(StoredObject current, JsonArray operations)
    {
        var target = current.Copy();
        try
        {
            JsonPatch.Apply(target, operations);
        }
        catch (PatchFailure)
        {
            throw Rejected();
        }
        return target;
    }

    private static JsonObject ApplyStrategic(StoredObject current, JsonObject patch)
    {
        try
        {
            return StrategicMergePatch.Apply(current.Copy(), patch, FieldTable.Of(current.Kind));
        }
        catch (PatchFailure failure)
        {
            throw ApiFailure.BadRequest(failure.Message);
        }
    }

    private static void Validate(ApiRequest request, StoredObject current, JsonObject target, JsonNode? patch, IReadOnlyList<string> duplicates)
    {
        if (target["metadata"] is not JsonObject)
            target["metadata"] = new JsonObject();
        string? shown = null;
        ApiFailure Refuse(string why) => ApiFailure.Invalid("", "", "", "",
            [FieldFault.Invalid("patch", $"\"{Quote(shown ??= Show(request, current, patch))}\"", why)]);
        target["kind"] ??= current.Kind.Kind;
        target["apiVersion"] ??= current.Kind.ApiVersion;
        if (!JsonNode.DeepEquals(target["kind"], current.Kind.Kind) || !JsonNode.DeepEquals(target["apiVersion"], current.Kind.ApiVersion))
            throw Refuse($"no kind \"{target["kind"]}\" is registered for version \"{target["apiVersion"]}\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"");
        ManifestReader.Validate(request.Context, current.Kind.Kind, target, duplicates, Refuse);
    }

    // The message shows the whole patched object for a merge patch, and the patch for the others. The patch is applied a second time here,
    // because validation has already pruned the first result.
    private static string Show(ApiRequest request, StoredObject current, JsonNode? patch)
    {
        var merges = request.Context.Request.ContentType?.StartsWith("application/merge-patch", StringComparison.Ordinal) == true;
        var shown = merges ? MergePatch.Apply(current.Copy(), patch) : patch;
        return Encoding.UTF8.GetString(ObjectOrder.Serialize(shown ?? new JsonObject()));
    }

    private static string Quote(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static JsonObject AsObject(JsonNode? patch) => patch as JsonObject ?? throw Undecodable("map[string]interface {}");

    private static ApiFailure Undecodable(string type) => ApiFailure.BadRequest($"error decoding patch: json: cannot unmarshal value into Go value of type {type}");

    private static ApiFailure Rejected() => new(422, "Invalid", "the server rejected our request due to an error in our request", []);
}
