using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Http.Verbs;

/// <summary>The options of a deletion, from its body or its query.</summary>
internal sealed record DeleteOptions(long? GracePeriodSeconds, string? Uid, string? ResourceVersion, bool IsDryRun)
{
    public static async Task<DeleteOptions> ReadAsync(ApiRequest request)
    {
        var bytes = await ManifestReader.ReadBytesAsync(request.Context);
        JsonObject? body;
        try
        {
            body = bytes.Length == 0 ? null : new BodyReader().Read(bytes) as JsonObject;
        }
        catch (BodyFailure failure)
        {
            throw ApiFailure.BadRequest("couldn't get version/kind; json parse error: " + failure.Message);
        }
        long? grace = long.TryParse(request.Query("gracePeriodSeconds"), CultureInfo.InvariantCulture, out var asked) ? asked : null;
        var dryRun = body?["dryRun"] is JsonArray runs && runs.Any(static one => (string?)one == "All");
        return new DeleteOptions(
            (long?)body?["gracePeriodSeconds"] ?? grace, (string?)body?["preconditions"]?["uid"],
            (string?)body?["preconditions"]?["resourceVersion"], dryRun || request.IsDryRun);
    }

    public void CheckPreconditions(StoredObject current)
    {
        if (Uid is not null && Uid != current.Uid)
        {
            throw ApiFailure.Conflict(current.Kind, current.Name,
                $"the UID in the precondition ({Uid}) does not match the UID in record ({current.Uid}). The object might have been deleted and then recreated");
        }
        var version = current.Version.ToString(CultureInfo.InvariantCulture);
        if (ResourceVersion is not null && ResourceVersion != version)
        {
            throw ApiFailure.Conflict(current.Kind, current.Name,
                $"the ResourceVersion in the precondition ({ResourceVersion}) does not match the ResourceVersion in record ({version}). The object might have been modified");
        }
    }
}
