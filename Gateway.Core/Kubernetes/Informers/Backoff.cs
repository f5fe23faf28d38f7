namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The delay after each failure: 0.8 s, doubled up to 30 s, each with up to 100 % jitter, never above the cap; reset after
/// two minutes without a failure. Owned by one reflector.
/// </summary>
internal sealed class Backoff(ReflectorOptions options, TimeProvider time)
{
    private TimeSpan _next = options.FirstBackoff;
    private long? _lastFailure;

    public TimeSpan Next()
    {
        if (_lastFailure is { } last && time.GetElapsedTime(last) >= options.BackoffReset + _next)
            _next = options.FirstBackoff;
        _lastFailure = time.GetTimestamp();

        // The last doubling stops at half the cap, to leave room for jitter: replicas must not retry in step.
        var half = options.LongestBackoff / 2;
        var wait = _next < half ? _next : half;
        _next = wait * 2;
        return wait * (1 + options.Jitter());
    }
}
