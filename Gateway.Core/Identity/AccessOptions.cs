namespace Gateway.Core.Identity;

/// <summary>Who may read and who may take which name; bound from the section <c>Access</c>.</summary>
public sealed class AccessOptions
{
    /// <summary>Who may look services up.</summary>
    public LookupAccess Lookup { get; set; } = LookupAccess.Open;

    /// <summary>Which names a pod may register under.</summary>
    public RegisterAccess Register { get; set; } = RegisterAccess.Namespace;

    /// <summary>How long the answer "allowed" is cached.</summary>
    public TimeSpan AllowedFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the answer "denied" is cached.</summary>
    public TimeSpan DeniedFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// With <c>Lookup=Rbac</c>: burst of reviews that lists of one user cost, one for each namespace whose answer is not cached. Beyond it a list is
    /// 503.
    /// </summary>
    public int ListReviewBurst { get; set; } = 500;

    /// <summary>Sustained reviews per second that lists of one user cost.</summary>
    public int ListReviewsPerSecond { get; set; } = 50;

    /// <summary>Every fault, as a sentence.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Enum.IsDefined(Lookup))
            yield return "Access:Lookup must be Open or Rbac.";
        if (!Enum.IsDefined(Register))
            yield return "Access:Register must be Namespace, Rbac or Open.";
        if (AllowedFor < TimeSpan.Zero || AllowedFor > TimeSpan.FromMinutes(5))
            yield return "Access:AllowedFor must be between 0 and five minutes: a revoked right stays effective that long.";
        if (DeniedFor < TimeSpan.Zero || DeniedFor > TimeSpan.FromMinutes(5))
            yield return "Access:DeniedFor must be between 0 and five minutes.";
        if (ListReviewBurst < 1)
            yield return "Access:ListReviewBurst must be at least 1.";
        if (ListReviewsPerSecond < 1)
            yield return "Access:ListReviewsPerSecond must be at least 1.";
    }
}

/// <summary>Who may look services up.</summary>
public enum LookupAccess
{
    /// <summary>Everyone who reaches the gateway.</summary>
    Open,

    /// <summary>Users who may <c>get</c> <c>endpointslices</c> in the namespace.</summary>
    Rbac,
}

/// <summary>Which names a pod may register under.</summary>
public enum RegisterAccess
{
    /// <summary>Any in its namespace, but the name of a Service with a selector only when it is selected.</summary>
    Namespace,

    /// <summary>Names for which its user may <c>create</c> <c>registrations.registry-gateway.io</c>.</summary>
    Rbac,

    /// <summary>Any in its namespace.</summary>
    Open,
}
