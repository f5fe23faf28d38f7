namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Tells a dead watch from an idle one: the server knows a version that the watch has not told for too long. Owned by one probe of one watch.
/// </summary>
internal sealed class ProgressJudge(ReflectorOptions options, TimeProvider time)
{
    private ulong? _awaited;
    private long _since;

    /// <param name="probed">The version of the kind at the server.</param>
    /// <param name="seen">The version that the store holds, read after the probe came back.</param>
    public bool IsDead(ulong probed, ulong seen)
    {
        if (seen >= _awaited)
            _awaited = null;
        if (_awaited is not null)
            return time.GetElapsedTime(_since) >= options.DeadAfter;
        if (probed > seen)
            (_awaited, _since) = (probed, time.GetTimestamp());
        return false;
    }

    /// <summary>When to probe next: as ever, or as soon as the verdict is due.</summary>
    public TimeSpan NextLook()
    {
        if (_awaited is null)
            return options.ProbeInterval;
        var due = options.DeadAfter - time.GetElapsedTime(_since);
        return due > TimeSpan.Zero && due < options.ProbeInterval ? due : options.ProbeInterval;
    }
}
