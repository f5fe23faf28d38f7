namespace Gateway.Core.Registry;

/// <summary>
/// What a saved registry may cost the replica that reads it: bytes as they come from Redis, bytes unpacked, and objects (endpoints count too),
/// so that a small document cannot become a large heap. A cluster of 150,000 pods takes some 280 MiB unpacked in 350,000 objects.
/// </summary>
internal sealed record SavedRegistryLimits(int PackedBytes, long UnpackedBytes, long Items)
{
    /// <summary>The slim object of a pod with all annotations that Kubernetes allows is smaller.</summary>
    public const int LineBytes = 2 * 1024 * 1024;

    private const int MaxPackedBytes = 64 * 1024 * 1024;
    private const long MaxUnpackedBytes = 512L * 1024 * 1024;

    // A pod takes more than a kilobyte; an object below this average is none of a cluster.
    private const long LeastAverage = 512;

    /// <summary>
    /// For a process whose heap may take so much memory (three quarters of a container's, by the runtime's default): objects are some three times as
    /// large as their JSON, and not all that there is.
    /// </summary>
    public static SavedRegistryLimits For(long memory)
    {
        var unpacked = Math.Clamp(memory / 6, LineBytes, MaxUnpackedBytes);
        return new SavedRegistryLimits(MaxPackedBytes, unpacked, unpacked / LeastAverage);
    }
}
