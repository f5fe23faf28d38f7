using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Why a call was refused (RFC 9457), with a code that programs decide by and every fault at once.</summary>
internal sealed record ProblemDetails
{
    /// <summary>Always `about:blank`: `code` tells problems apart.</summary>
    /// <example>about:blank</example>
    public required string Type { get; init; }

    /// <summary>The phrase of the status.</summary>
    /// <example>Unprocessable Entity</example>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    /// <example>422</example>
    [Range(400, 599)]
    public required int Status { get; init; }

    /// <summary>Stable; what programs decide by.</summary>
    public required ProblemCode Code { get; init; }

    /// <summary>A sentence for people.</summary>
    /// <example>The body is JSON but not a registration; 'errors' names every fault. Nothing was written.</example>
    public required string Detail { get; init; }

    /// <summary>Every fault of the request; absent where the request itself is not at fault.</summary>
    [MinLength(1)]
    [MaxLength(1_000)]
    public IReadOnlyList<ProblemFault> Errors { get; init; } = [];
}

/// <summary>One fault of a request: in its body (`pointer`) or in a parameter (`parameter`).</summary>
internal sealed record ProblemFault
{
    /// <summary>A JSON pointer (RFC 6901) into the body.</summary>
    /// <example>/port</example>
    public string Pointer { get; init; } = "";

    /// <summary>The name of a parameter or header.</summary>
    /// <example>limit</example>
    public string Parameter { get; init; } = "";

    /// <summary>Stable; what programs decide by.</summary>
    public required FaultCode Code { get; init; }

    /// <summary>A sentence for people.</summary>
    /// <example>The port must be 1 to 65535.</example>
    public required string Detail { get; init; }
}

/// <summary>What programs decide by when a call was refused.</summary>
[JsonConverter(typeof(KebabCaseNames<ProblemCode>))]
internal enum ProblemCode
{
    MalformedJson,
    InvalidParameter,
    BadRequest,
    Unauthenticated,
    TokenExpired,
    PodRequired,
    UntrustedProxy,
    AmbiguousAddress,
    Forbidden,
    NameReserved,
    PodGone,
    NotFound,
    NoHistory,
    MethodNotAllowed,
    Conflict,
    PodTerminating,
    NoLease,
    BodyTooLarge,
    AnnotationsFull,
    UnsupportedMediaType,
    InvalidRegistration,
    InvalidMetadata,
    NotWatched,
    LeasesOff,
    RateLimited,
    InternalError,
    ClusterRefused,
    NotSynced,
    ApiServerUnavailable,
    Overloaded,
    ReadOnly,
    NoInstance,
    RevisionNotReached,
}

/// <summary>What is wrong with a member of the body or with a parameter; where the value itself is in order, why it is refused.</summary>
[JsonConverter(typeof(KebabCaseNames<FaultCode>))]
internal enum FaultCode
{
    Missing,
    UnknownMember,
    UnknownParameter,
    Repeated,
    WrongType,
    OutOfRange,
    InvalidValue,
    TooLong,
    Syntax,
    InvalidRegistration,
    NameReserved,
    Forbidden,
    Conflict,
    LeasesOff,
}
