using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Failures;

/// <summary>
/// A request that the API server refuses, with the Status object of the answer. Thrown wherever a request is refused; one place turns it
/// into an answer.
/// </summary>
public sealed class ApiFailure(int code, string? reason, string message, JsonObject? details = null, int? retryAfter = null) : Exception(message)
{
    public int Code { get; } = code;

    /// <summary>Seconds for the header <c>Retry-After</c>.</summary>
    public int? RetryAfter { get; } = retryAfter;

    /// <summary>A new Status object.</summary>
    public JsonObject ToStatus(JsonObject? metadata = null)
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata ?? Metadata?.DeepClone() ?? new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (reason is not null)
            status["reason"] = reason;
        if (details is not null)
            status["details"] = details.DeepClone();
        status["code"] = Code;
        return status;
    }

    /// <summary>The metadata of the Status: a continue token, otherwise nothing.</summary>
    public JsonObject? Metadata { get; init; }

    public static ApiFailure NotFound(ResourceKind kind, string name) =>
        new(404, "NotFound", $"{kind.QualifiedPlural} \"{name}\" not found", DetailsOf(kind, name));

    public static ApiFailure UnknownPath() =>
        new(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiFailure AlreadyExists(ResourceKind kind, string name) =>
        new(409, "AlreadyExists", $"{kind.QualifiedPlural} \"{name}\" already exists", DetailsOf(kind, name));

    public static ApiFailure Conflict(ResourceKind kind, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.QualifiedPlural} \"{name}\": {why}", DetailsOf(kind, name));

    public static ApiFailure Modified(ResourceKind kind, string name) =>
        Conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiFailure BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiFailure MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static ApiFailure Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiFailure Internal(string message) =>
        new(500, "InternalError", "Internal error occurred: " + message,
            new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["message"] = message }) });

    public static ApiFailure Forbidden(ResourceKind kind, string name, string why) =>
        new(403, "Forbidden", $"{kind.QualifiedPlural}{(name.Length == 0 ? "" : $" \"{name}\"")} is forbidden: {why}", DetailsOf(kind, name));

    public static ApiFailure VersionTooLarge(long asked, long current) =>
        new(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}", new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
            ["retryAfterSeconds"] = 1,
        }, retryAfter: 1);

    public static ApiFailure Expired(string message) => new(410, "Expired", message);

    public static ApiFailure Invalid(ResourceKind kind, string name, IReadOnlyList<FieldFault> faults) =>
        Invalid(kind.Group, kind.Kind, kind.QualifiedKind, name, faults);

    /// <summary>For what is not an object of a stored kind: list options, patches.</summary>
    public static ApiFailure Invalid(string group, string kind, string qualifiedKind, string name, IReadOnlyList<FieldFault> faults)
    {
        var details = new JsonObject();
        if (name.Length > 0)
            details["name"] = name;
        if (group.Length > 0)
            details["group"] = group;
        if (kind.Length > 0)
            details["kind"] = kind;
        details["causes"] = new JsonArray([.. faults.Select(static fault =>
            new JsonObject { ["reason"] = fault.Reason, ["message"] = fault.Message, ["field"] = fault.Field })]);
        var texts = faults.Select(static fault => $"{fault.Field}: {fault.Message}").Distinct().ToList();
        var text = texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
        return new ApiFailure(422, "Invalid", $"{qualifiedKind} \"{name}\" is invalid: {text}", details);
    }

    private static JsonObject DetailsOf(ResourceKind kind, string name)
    {
        var details = new JsonObject();
        if (name.Length > 0)
            details["name"] = name;
        if (kind.Group.Length > 0)
            details["group"] = kind.Group;
        details["kind"] = kind.Plural;
        return details;
    }
}
