using System.Net;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client.Failures;

/// <summary>
/// The API server refused a request or could not be reached: the one place where a Status is mapped. Handlers decide by
/// <see cref="StatusCode"/>, <see cref="Reason"/> and the facts below, never by the message. Nothing of the request is in it.
/// </summary>
public sealed class KubernetesApiException : Exception
{
    private readonly V1Status? _status;

    public KubernetesApiException(int statusCode, V1Status? status, TimeSpan? retryAfter = null, bool mayHaveBeenApplied = false,
        string? message = null, Exception? innerException = null)
        : base(message ?? Describe(statusCode, status), innerException)
    {
        StatusCode = statusCode;
        _status = status;
        RetryAfter = retryAfter ?? (status?.Details?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null);
        MayHaveBeenApplied = mayHaveBeenApplied;
    }

    /// <summary>
    /// The HTTP status or the code of an ERROR event; 0: no answer (no connection, cut off, timed out) or one that cannot be parsed.
    /// </summary>
    public int StatusCode { get; }

    /// <summary>
    /// A word such as <c>Conflict</c>, <c>Expired</c>, <c>Invalid</c>, or "". Null when there was no answer or it did not come from the API
    /// server (a proxy's error page).
    /// </summary>
    public string? Reason => _status is null ? null : _status.Reason ?? "";

    /// <summary>The API server's own words; "" where it has none.</summary>
    public string ServerMessage => _status?.Message ?? "";

    /// <summary>The delay that the API server asks for, from the Retry-After header or the Status.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The call was a write that was sent, and no answer says that it was refused.</summary>
    public bool MayHaveBeenApplied { get; }

    /// <summary>
    /// The response cannot be parsed: not JSON, of another kind, or over the size limit. A watch cannot skip such an event, since
    /// the object it belongs to is unknown.
    /// </summary>
    public bool IsUnreadable { get; init; }

    /// <summary>No answer or a server error: the call can be retried.</summary>
    public bool IsUnavailable => StatusCode is 0 or >= 500;

    public bool IsUnauthorized => StatusCode == (int)HttpStatusCode.Unauthorized;
    public bool IsForbidden => StatusCode == (int)HttpStatusCode.Forbidden;
    public bool IsNotFound => StatusCode == (int)HttpStatusCode.NotFound;

    /// <summary>A stale resourceVersion. 409 is also the code of <c>AlreadyExists</c>.</summary>
    public bool IsConflict => StatusCode == (int)HttpStatusCode.Conflict && !IsAlreadyExists;

    public bool IsAlreadyExists => StatusCode == (int)HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The requested resourceVersion or continue token has expired.</summary>
    public bool IsGone => StatusCode == (int)HttpStatusCode.Gone;

    public bool IsInvalid => StatusCode == (int)HttpStatusCode.UnprocessableEntity;

    /// <summary>The patch named another uid: the intended object was deleted, and a new one has its name.</summary>
    public bool IsWrongUid => IsInvalid && Causes.Any(static cause => cause.Field == "metadata.uid");

    /// <summary>All annotations together would exceed 262,144 bytes.</summary>
    public bool IsAnnotationsTooLong => IsInvalid &&
        Causes.Any(static cause => cause is { Field: "metadata.annotations", Reason: "FieldValueTooLong" });

    public bool IsTooManyRequests => StatusCode == (int)HttpStatusCode.TooManyRequests;

    /// <summary>The requested version is newer than the server's (or etcd was restored from a backup).</summary>
    public bool IsResourceVersionTooLarge =>
        StatusCode == (int)HttpStatusCode.GatewayTimeout && Causes.Any(static cause => cause.Reason == "ResourceVersionTooLarge");

    private IEnumerable<V1StatusCause> Causes => _status?.Details?.Causes?.OfType<V1StatusCause>() ?? [];

    /// <summary>Whether its message or that of a cause contains the text: for refusals that have no reason of their own.</summary>
    public bool ServerSays(string text) =>
        ServerMessage.Contains(text, StringComparison.Ordinal) || Causes.Any(cause => cause.Message?.Contains(text, StringComparison.Ordinal) == true);

    private static string Describe(int statusCode, V1Status? status) => status is null
        ? statusCode == 0 ? "The API server did not answer." : $"The API server answered {statusCode}."
        : $"The API server answered {statusCode} {status.Reason}: {status.Message}";
}
