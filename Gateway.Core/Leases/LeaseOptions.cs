namespace Gateway.Core.Leases;

/// <summary>Heartbeat leases (section <c>Leases</c>).</summary>
public sealed class LeaseOptions
{
    public const string Section = "Leases";

    /// <summary>Whether registrations may carry a ttl. Without Redis only for a single replica.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long after its lease lapsed a registration is removed from its pod.</summary>
    public TimeSpan DeregisterAfter { get; set; } = TimeSpan.FromMinutes(10);

    public IEnumerable<string> Validate()
    {
        if (DeregisterAfter < TimeSpan.FromSeconds(1) || DeregisterAfter > TimeSpan.FromDays(30))
            yield return $"Leases:DeregisterAfter is {DeregisterAfter}; it must be between a second and 30 days.";
    }
}
