using System.Collections.Immutable;
using System.Net;

namespace Gateway.Core.Kubernetes.Client.Failures;

/// <summary>
/// The API server said no, or could not be asked. Whoever catches it decides by <see cref="StatusCode"/> and <see cref="Status"/>, never by
/// the text.
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
    /// The HTTP status, or the code of an ERROR event; 0: no answer came (no connection, cut off, timed out), or none that is understood.
    /// </summary>
    public int StatusCode { get; }

    /// <summary>Null when there was no answer, or not one of the API server's (a proxy's page).</summary>
    public KubernetesStatus? Status { get; }

    /// <summary>How long the API server asks to be left alone, by header or by status.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>It was a write, it was sent, and no answer says that it was refused.</summary>
    public bool MayHaveBeenApplied { get; }

    /// <summary>
    /// The answer came and cannot be understood: not JSON, of another kind, or larger than any object may be. A watch cannot step over it, since
    /// nothing says what it was about.
    /// </summary>
    public bool IsUnreadable { get; init; }

    /// <summary>No answer, or one that blames the server: worth another try.</summary>
    public bool IsUnavailable => StatusCode is 0 or >= 500;

    public bool IsUnauthorized => StatusCode == (int)HttpStatusCode.Unauthorized;
    public bool IsForbidden => StatusCode == (int)HttpStatusCode.Forbidden;
    public bool IsNotFound => StatusCode == (int)HttpStatusCode.NotFound;

    /// <summary>A stale resourceVersion. 409 is also the code of <c>AlreadyExists</c>.</summary>
    public bool IsConflict => StatusCode == (int)HttpStatusCode.Conflict && !IsAlreadyExists;

    public bool IsAlreadyExists => StatusCode == (int)HttpStatusCode.Conflict && Status?.Reason == "AlreadyExists";

    /// <summary>The version asked for is no longer (or, for a continue token, no more) to be had.</summary>
    public bool IsGone => StatusCode == (int)HttpStatusCode.Gone;

    public bool IsInvalid => StatusCode == (int)HttpStatusCode.UnprocessableEntity;

    /// <summary>The patch named a uid that is not this object's: the one meant is gone, and another has its name.</summary>
    public bool IsWrongUid => IsInvalid && Status is not null && Status.Causes.Any(static cause => cause.Field == "metadata.uid");

    /// <summary>All annotations together would exceed 262,144 bytes.</summary>
    public bool IsAnnotationsTooLong => IsInvalid && Status is not null &&
        Status.Causes.Any(static cause => cause is { Field: "metadata.annotations", Reason: "FieldValueTooLong" });

    public bool IsTooManyRequests => StatusCode == (int)HttpStatusCode.TooManyRequests;

    /// <summary>The version asked for is from the future (or from a history that is lost).</summary>
    public bool IsResourceVersionTooLarge =>
        StatusCode == (int)HttpStatusCode.GatewayTimeout && Status is not null && Status.HasCause("ResourceVersionTooLarge");

    private static string Describe(int statusCode, KubernetesStatus? status) => status is null
        ? statusCode == 0 ? "The API server did not answer." : $"The API server answered {statusCode}."
        : $"The API server answered {statusCode} {status.Reason}: {status.Message}";
}

/// <summary>A Status object (meta/v1): why the API server said no.</summary>
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

/// <summary>One of details.causes of a Status: a machine-readable reason, the field concerned and words for people; "" where absent.</summary>
public sealed record StatusCause(string Reason, string Field, string Message);
