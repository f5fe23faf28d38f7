using System.Collections.Immutable;
using System.Text.Json;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>Writes reviews and reads their statuses.</summary>
internal static class ReviewJson
{
    public static byte[] Write(string token, string audience) => JsonBody.Write(json =>
    {
        Open(json, "authentication.k8s.io/v1", "TokenReview");
        json.WriteString("token", token);
        json.WriteStartArray("audiences");
        json.WriteStringValue(audience);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static byte[] Write(AccessReview review) => JsonBody.Write(json =>
    {
        Open(json, "authorization.k8s.io/v1", "SubjectAccessReview");
        json.WriteString("user", review.User);
        if (review.Uid.Length > 0)
            json.WriteString("uid", review.Uid);
        WriteTexts(json, "groups", review.Groups);
        if (review.Extra.Count > 0)
        {
            json.WriteStartObject("extra");
            foreach (var (key, values) in review.Extra)
                WriteTexts(json, key, values);
            json.WriteEndObject();
        }

        WriteAttributes(json, review);
        json.WriteEndObject();
    });

    public static byte[] WriteOwn(AccessReview review) => JsonBody.Write(json =>
    {
        Open(json, "authorization.k8s.io/v1", "SelfSubjectAccessReview");
        WriteAttributes(json, review);
        json.WriteEndObject();
    });

    public static TokenReviewStatus ReadTokenStatus(JsonElement status)
    {
        var user = status.TryGetProperty("user", out var found) && found.ValueKind == JsonValueKind.Object ? found : default(JsonElement?);
        return new()
        {
            Authenticated = IsTrue(status, "authenticated"),
            Username = Text(user, "username") ?? "",
            Uid = Text(user, "uid") ?? "",
            Groups = Texts(user, "groups"),
            Extra = ExtraOf(user),
            Audiences = Texts(status, "audiences"),
            Error = Text(status, "error"),
        };
    }

    /// <summary>Denied is an authorizer's veto and overrides allowed.</summary>
    public static bool ReadAllowed(JsonElement status) => IsTrue(status, "allowed") && !IsTrue(status, "denied");

    private static void Open(Utf8JsonWriter json, string apiVersion, string kind)
    {
        json.WriteString("apiVersion", apiVersion);
        json.WriteString("kind", kind);
        json.WriteStartObject("spec");
    }

    private static void WriteAttributes(Utf8JsonWriter json, AccessReview review)
    {
        json.WriteStartObject("resourceAttributes");
        json.WriteString("verb", review.Verb);
        json.WriteString("resource", review.Resource);
        if (review.Group.Length > 0)
            json.WriteString("group", review.Group);
        if (review.Namespace.Length > 0)
            json.WriteString("namespace", review.Namespace);
        if (review.Name.Length > 0)
            json.WriteString("name", review.Name);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static bool IsTrue(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement? parent, string name) =>
        parent is { } element && element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static ImmutableArray<string> Texts(JsonElement? parent, string name) =>
        parent is { } element && element.TryGetProperty(name, out var values) && values.ValueKind == JsonValueKind.Array
            ? [.. values.EnumerateArray().Select(static value => value.GetString() ?? "")]
            : [];

    private static IReadOnlyDictionary<string, ImmutableArray<string>> ExtraOf(JsonElement? user) =>
        user is { } element && element.TryGetProperty("extra", out var extra) && extra.ValueKind == JsonValueKind.Object
            ? extra.EnumerateObject().ToImmutableDictionary(static member => member.Name, member => Texts(extra, member.Name))
            : ImmutableDictionary<string, ImmutableArray<string>>.Empty;
}
