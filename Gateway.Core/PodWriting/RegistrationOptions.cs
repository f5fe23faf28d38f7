namespace Gateway.Core.PodWriting;

/// <summary>Limits of the write path; bound from the section <c>Registration</c>.</summary>
public sealed class RegistrationOptions
{
    public const string Section = "Registration";

    /// <summary>
    /// Writes in flight at the API server, at most: with 400 it answers three quarters with 429, with 32 it does 600 registrations a second
    /// without one.
    /// </summary>
    public int MaxWritesInFlight { get; set; } = 32;

    /// <summary>How long a write may be queued; then it is refused, and nothing was sent.</summary>
    public TimeSpan QueueFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a write may take, retries included; then it is refused.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a write waits until this replica's snapshot shows it; then it is answered as pending.</summary>
    public TimeSpan VisibilityTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Also create a Kubernetes Event on the pod for every write. This needs the right to create events (chart: <c>rbac.events</c>, which sets both).
    /// </summary>
    public bool Events { get; set; }

    /// <summary>
    /// Audit lines for a person at a console (log 1605): who wrote what to which pod, without contents, uids and versions. Unset: in Development and in
    /// mode Kubeconfig.
    /// </summary>
    public bool? ShortAudit { get; set; }

    /// <summary>
    /// Pods whose mirrors are corrected without a call, at most, each second. A pod that another client keeps changing is corrected less and less
    /// often, down to once in 5 min.
    /// </summary>
    public int MirrorRepairsPerSecond { get; set; } = 20;

    /// <summary>
    /// How many registrations and pods that do not exist a caller may ask for at once, where the API server has to be asked: a read of a pod counts
    /// one, a search over all pods five. Beyond it the answer is 429.
    /// </summary>
    public int MissBurst { get; set; } = 200;

    /// <summary>The same, sustained, each second.</summary>
    public double MissesPerSecond { get; set; } = 10;

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
        if (MissBurst < 5)
            yield return $"{Section}:MissBurst must be at least 5.";
        if (MissesPerSecond is not (> 0 and <= 1_000_000))
            yield return $"{Section}:MissesPerSecond must be more than 0 and at most 1000000.";
        if (VisibilityTimeout < TimeSpan.Zero)
            yield return $"{Section}:VisibilityTimeout cannot be negative.";
    }
}
