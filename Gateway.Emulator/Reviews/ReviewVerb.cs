using System.Text.Json.Nodes;
using Gateway.Emulator.Authentication;
using Gateway.Emulator.Authorization;
using Gateway.Emulator.Failures;
using Gateway.Emulator.Http;

namespace Gateway.Emulator.Reviews;

/// <summary>Answers TokenReviews and SubjectAccessReviews by the same rules that apply to the requests themselves.</summary>
internal sealed class ReviewVerb(EmulatedCluster cluster)
{
    public async Task HandleAsync(HttpContext context, ReviewPath review, UserInfo user)
    {
        var body = await ManifestReader.ReadAsync(context, review.Kind, review.ApiVersion);
        var spec = body["spec"] as JsonObject ?? [];
        foreach (var (name, value) in spec.ToArray())
        {
            if (value is JsonArray { Count: 0 } or JsonObject { Count: 0 })
                spec.Remove(name);
        }
        Check(review, spec);
        var status = review == ReviewPath.Token ? ReviewToken(spec) : ReviewAccess(spec, review == ReviewPath.SelfSubjectAccess ? user : Subject(spec));
        await Answers.WriteAsync(context, 201, new JsonObject
        {
            ["kind"] = review.Kind,
            ["apiVersion"] = review.ApiVersion,
            ["metadata"] = new JsonObject { ["creationTimestamp"] = null },
            ["spec"] = spec.DeepClone(),
            ["status"] = status,
        });
    }

    private static void Check(ReviewPath review, JsonObject spec)
    {
        if (review == ReviewPath.Token)
        {
            if (string.IsNullOrEmpty((string?)spec["token"]))
                throw ApiFailure.BadRequest("token is required for TokenReview in authentication");
            return;
        }

        List<FieldFault> faults = [];
        if (spec["resourceAttributes"] is null && spec["nonResourceAttributes"] is null)
            faults.Add(FieldFault.Invalid("spec.resourceAttributes", "\"null\"", "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        else if (spec["resourceAttributes"] is not null && spec["nonResourceAttributes"] is not null)
            faults.Add(FieldFault.Invalid("spec.nonResourceAttributes", spec["nonResourceAttributes"]!.ToJsonString(), "cannot be specified in combination with resourceAttributes"));
        if (review == ReviewPath.SubjectAccess && string.IsNullOrEmpty((string?)spec["user"]) && spec["groups"] is null)
            faults.Add(FieldFault.Invalid("spec.user", "\"\"", "at least one of user or group must be specified"));
        if (faults.Count > 0)
            throw ApiFailure.Invalid(ReviewPath.Authorization, "", "." + ReviewPath.Authorization, "", faults);
    }

    private JsonObject ReviewToken(JsonObject spec)
    {
        try
        {
            var (user, audiences) = cluster.Tokens.Authenticate((string?)spec["token"] ?? "", Texts(spec["audiences"]));
            return new JsonObject
            {
                ["authenticated"] = true,
                ["user"] = new JsonObject
                {
                    ["username"] = user.Name,
                    ["uid"] = user.Uid,
                    ["groups"] = Array(user.Groups),
                    ["extra"] = new JsonObject(user.Extra.Select(static pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Array(pair.Value)))),
                },
                ["audiences"] = Array(audiences),
            };
        }
        catch (TokenFailure failure)
        {
            return new JsonObject { ["user"] = new JsonObject(), ["error"] = failure.Message };
        }
    }

    private JsonObject ReviewAccess(JsonObject spec, UserInfo user)
    {
        var resource = spec["resourceAttributes"];
        var path = spec["nonResourceAttributes"];
        var plural = Text(resource, "resource");
        var full = Text(resource, "subresource") is { Length: > 0 } subresource ? $"{plural}/{subresource}" : plural;
        var request = path is null
            ? new AccessRequest(user, Text(resource, "verb"), Text(resource, "group"), full, Text(resource, "namespace"), Text(resource, "name"))
            : new AccessRequest(user, Text(path, "verb"), "", "", "", "", Text(path, "path"));
        return new JsonObject { ["allowed"] = cluster.Allows(request) };
    }

    private static UserInfo Subject(JsonObject spec) => UserInfo.Named((string?)spec["user"] ?? "", Texts(spec["groups"]));

    private static string Text(JsonNode? parent, string name) => (string?)parent?[name] ?? "";

    private static List<string> Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(static one => (string?)one ?? "")];

    private static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(static one => JsonValue.Create(one))]);
}
