namespace Gateway.Core.PodWriting;

/// <summary>Limits of the write path; bound from the section <c>Registration</c>.</summary>
public sealed class RegistrationOptions
{
    public const string Section = "Registration";

    /// <summary>
    /// At most so many writes are in flight at the API server: at 400 it answers three quarters with 429, at 32 it does 600 registrations a
    /// second without one.
    /// </summary>
    public int MaxWritesInFlight { get; set; } = 32;

    /// <summary>A write that has waited so long for its turn is given up; nothing was sent.</summary>
    public TimeSpan QueueFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A write, repeated where that helps, is given up after this time.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a write waits until this replica's snapshot shows it; then it is answered as pending.</summary>
    public TimeSpan VisibilityTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Also leave a Kubernetes Event on the pod for every write. It takes the right to create events (chart: <c>rbac.events</c>, which sets both).
    /// </summary>
    public bool Events { get; set; }

    /// <summary>
    /// Pods whose mirrors are brought to what they should be, without a caller, in a second: so many at most, in all. One that somebody else
    /// keeps changing back comes less and less often, down to once in 5 min.
    /// </summary>
    public int MirrorRepairsPerSecond { get; set; } = 20;

    /// <summary>Every fault, as a sentence.</summary>
    public IEnumerable<string> Validate()
    {
        if (MaxWritesInFlight < 1)
            yield return $"{Section}:MaxWritesInFlight must be at least 1.";
        if (QueueFor <= TimeSpan.Zero)
            yield return $"{Section}:QueueFor must be positive.";
        if (WriteTimeout <= TimeSpan.Zero)
            yield return $"{Section}:WriteTimeout must be positive.";
        if (MirrorRepairsPerSecond < 1)
            yield return $"{Section}:MirrorRepairsPerSecond must be at least 1.";
        if (VisibilityTimeout < TimeSpan.Zero)
            yield return $"{Section}:VisibilityTimeout cannot be negative.";
    }
}
