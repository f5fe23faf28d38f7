using Gateway.Api.Errors;
using Gateway.Core.Results;

namespace Gateway.Api.OpenApi;

/// <summary>Codes of problems that operations of a kind have in common.</summary>
internal static class ProblemSets
{
    /// <summary>Whatever is called.</summary>
    public static readonly string[] Always =
        [RefusalCodes.InvalidParameter, ApiCodes.BadRequest, RefusalCodes.NotSynced, RefusalCodes.Overloaded, ApiCodes.InternalError];

    /// <summary>Reading what lookups show; most of them only with <c>Access:Lookup=Rbac</c>.</summary>
    public static readonly string[] Reading =
    [
        RefusalCodes.Unauthenticated, RefusalCodes.TokenExpired, RefusalCodes.UntrustedProxy, RefusalCodes.AmbiguousAddress,
        RefusalCodes.Forbidden, RefusalCodes.RateLimited, RefusalCodes.ApiServerUnavailable, RefusalCodes.NotWatched,
    ];

    /// <summary>Acting for a pod.</summary>
    public static readonly string[] Acting =
        [.. Reading, RefusalCodes.PodRequired, RefusalCodes.PodGone, RefusalCodes.NotFound];

    /// <summary>Writing into the annotations of a pod.</summary>
    public static readonly string[] Writing =
        [.. Acting, RefusalCodes.Conflict, RefusalCodes.AnnotationsFull, RefusalCodes.ClusterRefused, RefusalCodes.ReadOnly];

    /// <summary>A body that is read.</summary>
    public static readonly string[] Body = [RefusalCodes.MalformedJson, RefusalCodes.BodyTooLarge, ApiCodes.UnsupportedMediaType];
}
