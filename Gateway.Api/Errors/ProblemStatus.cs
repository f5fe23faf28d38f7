using System.Collections.Frozen;
using Gateway.Core.Results;

namespace Gateway.Api.Errors;

/// <summary>The HTTP status of each stable code (contract, section 2, errors).</summary>
public static class ProblemStatus
{
    private static readonly FrozenDictionary<string, int> Statuses = new Dictionary<string, int>
    {
        [RefusalCodes.MalformedJson] = 400,
        [RefusalCodes.InvalidParameter] = 400,
        [ApiCodes.BadRequest] = 400,
        [RefusalCodes.Unauthenticated] = 401,
        [RefusalCodes.TokenExpired] = 401,
        [RefusalCodes.PodRequired] = 401,
        [RefusalCodes.UntrustedProxy] = 401,
        [RefusalCodes.AmbiguousAddress] = 401,
        [RefusalCodes.Forbidden] = 403,
        [RefusalCodes.NameReserved] = 403,
        [RefusalCodes.PodGone] = 403,
        [RefusalCodes.NotFound] = 404,
        [RefusalCodes.NoHistory] = 404,
        [ApiCodes.MethodNotAllowed] = 405,
        [RefusalCodes.Conflict] = 409,
        [RefusalCodes.PodTerminating] = 409,
        [RefusalCodes.NoLease] = 409,
        [RefusalCodes.BodyTooLarge] = 413,
        [RefusalCodes.AnnotationsFull] = 413,
        [ApiCodes.UnsupportedMediaType] = 415,
        [RefusalCodes.InvalidRegistration] = 422,
        [RefusalCodes.InvalidMetadata] = 422,
        [RefusalCodes.NotWatched] = 422,
        [RefusalCodes.LeasesOff] = 422,
        [RefusalCodes.RateLimited] = 429,
        [ApiCodes.InternalError] = 500,
        [RefusalCodes.ClusterRefused] = 502,
        [RefusalCodes.NotSynced] = 503,
        [RefusalCodes.ApiServerUnavailable] = 503,
        [RefusalCodes.Overloaded] = 503,
        [RefusalCodes.ReadOnly] = 503,
        [RefusalCodes.NoInstance] = 503,
        [RefusalCodes.RevisionNotReached] = 504,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every code that a problem may have.</summary>
    public static IEnumerable<string> Codes => Statuses.Keys;

    /// <summary>Throws for a code that is not listed, which is a bug.</summary>
    public static int StatusOf(string code) => Statuses[code];
}
