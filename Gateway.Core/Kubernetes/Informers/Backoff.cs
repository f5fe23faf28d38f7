namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// How long to wait after each failure: 0.8 s, doubled up to 30 s, each with as much again at random, never above the cap; from the start once
/// two minutes passed without one. Owned by one reflector.
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

        // The last doubling stops at half the cap, so that there still is room for jitter: replicas must not come back in step.
        var half = options.LongestBackoff / 2;
        var wait = _next < half ? _next : half;
        _next = wait * 2;
        return wait * (1 + options.Jitter());
    }
}
