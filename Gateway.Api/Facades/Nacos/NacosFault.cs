using Gateway.Api.Errors;
using Gateway.Core.Results;

namespace Gateway.Api.Facades.Nacos;

/// <summary>The versions of Nacos' HTTP API that are spoken. They differ in how answers and errors are written.</summary>
internal enum NacosApi
{
    V1,
    V2,
    V3,
}

/// <summary>
/// Why a call is refused, as Nacos says it: the status, the code of its v2 and v3 APIs (com.alibaba.nacos.api.model.v2.ErrorCode), a sentence. Nothing was
/// written.
/// </summary>
internal sealed record NacosFault(int Status, int Code, string Detail)
{
    public const int ParameterMissing = 10000;
    public const int AccessDenied = 10001;
    public const int ParameterInvalid = 20002;
    public const int MediaType = 20003;
    public const int NotFoundCode = 20004;
    public const int Conflict = 20005;
    public const int ServiceName = 21000;
    public const int Weight = 21001;
    public const int InstanceMetadata = 21002;
    public const int InstanceNotFound = 21003;
    public const int InstanceInvalid = 21004;
    public const int ServiceNotFound = 21008;
    public const int NamespaceInvalid = 22000;
    public const int ServerError = 30000;
    public const int Disabled = 40001;

    /// <summary>When to retry; null: waiting does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What the code says, in Nacos' own words: its clients show them.</summary>
    public string Message => Code switch
    {
        ParameterMissing => "parameter missing",
        AccessDenied => "access denied",
        ParameterInvalid => "parameter validate error",
        MediaType => "MediaType Error",
        NotFoundCode => "resource not found",
        Conflict => "resource conflict",
        ServiceName => "service name error",
        Weight => "weight error",
        InstanceMetadata => "instance metadata error",
        InstanceNotFound => "instance not found",
        InstanceInvalid => "instance error",
        ServiceNotFound => "service not exist",
        NamespaceInvalid => "illegal namespace",
        Disabled => "API function disabled.",
        _ => "server error",
    };

    public static NacosFault Missing(string parameter) => new(StatusCodes.Status400BadRequest, ParameterMissing, $"Param '{parameter}' is required.");

    public static NacosFault Invalid(string detail, int code = ParameterInvalid) => new(StatusCodes.Status400BadRequest, code, detail);

    public static NacosFault NotFound(string detail, int code = NotFoundCode) => new(StatusCodes.Status404NotFound, code, detail);

    /// <summary>
    /// A refusal of the gateway. Nacos has no 401 and no 422: who is not recognised gets 403, a wrong value 400. What no retry may take for a lost server is
    /// no 5xx; what waiting helps is 503.
    /// </summary>
    public static NacosFault Of(Refusal refusal)
    {
        var (status, code) = ProblemStatus.StatusOf(refusal.Code) switch
        {
            StatusCodes.Status400BadRequest => (StatusCodes.Status400BadRequest, ParameterInvalid),
            StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => (StatusCodes.Status403Forbidden, AccessDenied),
            StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => (StatusCodes.Status404NotFound, NotFoundCode),
            StatusCodes.Status409Conflict => (StatusCodes.Status409Conflict, Conflict),
            StatusCodes.Status413PayloadTooLarge => (StatusCodes.Status413PayloadTooLarge, ParameterInvalid),
            StatusCodes.Status415UnsupportedMediaType => (StatusCodes.Status415UnsupportedMediaType, MediaType),
            StatusCodes.Status422UnprocessableEntity => (StatusCodes.Status400BadRequest, refusal.Code switch
            {
                RefusalCodes.NotWatched => NamespaceInvalid,
                RefusalCodes.InvalidRegistration => InstanceInvalid,
                _ => ParameterInvalid,
            }),
            StatusCodes.Status429TooManyRequests => (StatusCodes.Status429TooManyRequests, ServerError),
            _ => (StatusCodes.Status503ServiceUnavailable, ServerError),
        };
        return new(status, code, Text(refusal)) { RetryAfter = refusal.RetryAfter };
    }

    // Its answers have no list of faults, so the sentence names them.
    private static string Text(Refusal refusal)
    {
        if (refusal.Faults.IsDefaultOrEmpty)
            return refusal.Detail;
        const int Shown = 5;
        var faults = string.Join(" ", refusal.Faults.Take(Shown).Select(static fault => fault.Detail));
        return refusal.Faults.Length <= Shown ? faults : $"{faults} And {refusal.Faults.Length - Shown} more.";
    }
}
