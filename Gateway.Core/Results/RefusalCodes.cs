namespace Gateway.Core.Results;

/// <summary>The codes of the contract, section 2, that more than one part of the gateway uses.</summary>
public static class RefusalCodes
{
    public const string Unauthenticated = "unauthenticated";
    public const string TokenExpired = "token-expired";
    public const string PodRequired = "pod-required";
    public const string UntrustedProxy = "untrusted-proxy";
    public const string AmbiguousAddress = "ambiguous-address";
    public const string Forbidden = "forbidden";
    public const string NameReserved = "name-reserved";
    public const string PodGone = "pod-gone";
    public const string NotFound = "not-found";
    public const string NoHistory = "no-history";
    public const string Conflict = "conflict";
    public const string PodTerminating = "pod-terminating";
    public const string NoLease = "no-lease";
    public const string BodyTooLarge = "body-too-large";
    public const string AnnotationsFull = "annotations-full";
    public const string MalformedJson = "malformed-json";
    public const string InvalidParameter = "invalid-parameter";
    public const string InvalidRegistration = "invalid-registration";
    public const string InvalidMetadata = "invalid-metadata";
    public const string NotWatched = "not-watched";
    public const string LeasesOff = "leases-off";
    public const string RateLimited = "rate-limited";
    public const string ClusterRefused = "cluster-refused";
    public const string NotSynced = "not-synced";
    public const string ApiServerUnavailable = "api-server-unavailable";
    public const string Overloaded = "overloaded";
    public const string ReadOnly = "read-only";
    public const string NoInstance = "no-instance";
    public const string RevisionNotReached = "revision-not-reached";
}
