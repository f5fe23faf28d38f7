using System.Text.Json.Nodes;
using Gateway.Emulator.Authentication;
using Gateway.Emulator.Authorization;
using Gateway.Emulator.Http;

namespace Gateway.Emulator.Reviews;

/// <summary>Answers TokenReviews and SubjectAccessReviews by the same rules that requests themselves are judged by.</summary>
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
        var status = review == ReviewPath.Token ? ReviewToken(spec) : ReviewAccess(spec, review == ReviewPath.SelfSubjectAccess ? user : Subject(spec));
        await Answers.WriteAsync(context, 201, new JsonObject
        {
            ["kind"] = review.Kind, ["apiVersion"] = review.ApiVersion, ["metadata"] = new JsonObject { ["creationTimestamp"] = null },
            ["spec"] = spec.DeepClone(), ["status"] = status,
        });
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
                    ["username"] = user.Name, ["uid"] = user.Uid, ["groups"] = Array(user.Groups),
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
