namespace Gateway.Core.Registration;

/// <summary>What a failed write means for those who asked for it.</summary>
internal enum PatchFailure
{
    /// <summary>Somebody else wrote the pod: read it again and plan anew.</summary>
    Conflict,

    /// <summary>Worth another try later.</summary>
    Unavailable,

    /// <summary>The pod is gone, or another has its name.</summary>
    PodGone,

    /// <summary>All annotations together are more than the API server takes.</summary>
    AnnotationsFull,

    /// <summary>A right, a policy or an admission webhook says no: the same patch would be refused again.</summary>
    Refused,
}
