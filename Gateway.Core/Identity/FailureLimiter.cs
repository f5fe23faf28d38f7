using System.Net;

namespace Gateway.Core.Identity;

/// <summary>
/// Counts, per address, tokens that failed: a leaky bucket each. Only tokens that would have to be asked about are held back, so whoever is
/// recognised already is not hurt by a neighbour behind the same address. Written and read by the token authenticator.
/// </summary>
internal sealed class FailureLimiter(int burst, double forgivenPerSecond, TimeProvider time)
{
    private const int MaxAddresses = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Bucket> _buckets = [];

    /// <summary>Null: go on; else how long the address has to wait.</summary>
    public TimeSpan? WaitOf(IPAddress? address)
    {
        if (address is null)
            return null;
        lock (_gate)
        {
            if (!_buckets.TryGetValue(address, out var bucket))
                return null;
            var level = LevelLocked(bucket);
            return level < burst ? null : TimeSpan.FromSeconds((level - burst + 1) / forgivenPerSecond);
        }
    }

    public void Failed(IPAddress? address)
    {
        if (address is null)
            return;
        lock (_gate)
        {
            if (_buckets.TryGetValue(address, out var bucket))
            {
                _buckets[address] = new Bucket(LevelLocked(bucket) + 1, time.GetUtcNow());
                return;
            }

            if (_buckets.Count >= MaxAddresses)
                DropForgivenLocked();
            if (_buckets.Count < MaxAddresses)
                _buckets[address] = new Bucket(1, time.GetUtcNow());
        }
    }

    private double LevelLocked(Bucket bucket) =>
        Math.Max(0, bucket.Level - (time.GetUtcNow() - bucket.At).TotalSeconds * forgivenPerSecond);

    private void DropForgivenLocked()
    {
        foreach (var (address, bucket) in _buckets)
        {
            if (LevelLocked(bucket) <= 0)
                _buckets.Remove(address);
        }
    }

    private readonly record struct Bucket(double Level, DateTimeOffset At);
}
