using System.Collections.Immutable;
using System.Net;

namespace Gateway.Core.Kubernetes.Client.Failures;

/// <summary>
/// The API server refused a request or could not be reached. Handlers decide by <see cref="StatusCode"/> and <see cref="Status"/>, never
/// by the message.
/// </summary>
public sealed class KubernetesApiException : Exception
{
    public KubernetesApiException(int statusCode, KubernetesStatus? status, TimeSpan? retryAfter = null, bool mayHaveBeenApplied = false,
        string? message = null, Exception? innerException = null)
        : base(message ?? Describe(statusCode, status), innerException)
    {
        StatusCode = statusCode;
        Status = status;
        RetryAfter = retryAfter ?? (status?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        MayHaveBeenApplied = mayHaveBeenApplied;
    }

    /// <summary>
    /// The HTTP status or the code of an ERROR event; 0: no answer (no connection, cut off, timed out) or one that cannot be parsed.
    /// </summary>
    public int StatusCode { get; }

    /// <summary>Null when there was no answer or it did not come from the API server (a proxy's error page).</summary>
    public KubernetesStatus? Status { get; }

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

    public bool IsAlreadyExists => StatusCode == (int)HttpStatusCode.Conflict && Status?.Reason == "AlreadyExists";

    /// <summary>The requested resourceVersion or continue token has expired.</summary>
    public bool IsGone => StatusCode == (int)HttpStatusCode.Gone;

    public bool IsInvalid => StatusCode == (int)HttpStatusCode.UnprocessableEntity;

    /// <summary>The patch named another uid: the intended object was deleted, and a new one has its name.</summary>
    public bool IsWrongUid => IsInvalid && Status is not null && Status.Causes.Any(static cause => cause.Field == "metadata.uid");

    /// <summary>All annotations together would exceed 262,144 bytes.</summary>
    public bool IsAnnotationsTooLong => IsInvalid && Status is not null &&
        Status.Causes.Any(static cause => cause is { Field: "metadata.annotations", Reason: "FieldValueTooLong" });

    public bool IsTooManyRequests => StatusCode == (int)HttpStatusCode.TooManyRequests;

    /// <summary>The requested version is newer than the server's (or etcd was restored from a backup).</summary>
    public bool IsResourceVersionTooLarge =>
        StatusCode == (int)HttpStatusCode.GatewayTimeout && Status is not null && Status.HasCause("ResourceVersionTooLarge");

    private static string Describe(int statusCode, KubernetesStatus? status) => status is null
        ? statusCode == 0 ? "The API server did not answer." : $"The API server answered {statusCode}."
        : $"The API server answered {statusCode} {status.Reason}: {status.Message}";
}

/// <summary>A Status object (meta/v1): why the API server refused a request.</summary>
public sealed record KubernetesStatus
{
    public int Code { get; init; }

    /// <summary>A word such as <c>Conflict</c>, <c>Expired</c>, <c>Invalid</c>; "" where absent.</summary>
    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";

    /// <summary>details.kind, e.g. <c>pods</c>; "" where absent.</summary>
    public string Kind { get; init; } = "";

    /// <summary>details.name; "" where absent.</summary>
    public string Name { get; init; } = "";

    public ImmutableArray<StatusCause> Causes { get; init; } = [];
    public int? RetryAfterSeconds { get; init; }

    public bool HasCause(string reason) => Causes.Any(cause => cause.Reason == reason);
}

/// <summary>One of details.causes of a Status: a machine-readable reason, the field and a human-readable message; "" where absent.</summary>
public sealed record StatusCause(string Reason, string Field, string Message);
