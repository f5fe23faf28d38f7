namespace Gateway.Core.Dubbo.Metadata;

/// <summary>What is kept of Dubbo applications beside their registrations (section <c>Dubbo</c>).</summary>
public sealed class ApplicationOptions
{
    public const string Section = "Dubbo";

    /// <summary>Bytes of one MetadataInfo.</summary>
    public int MaxMetadataBytes { get; set; } = 1024 * 1024;

    /// <summary>Bytes of all MetadataInfo that one replica keeps.</summary>
    public long MaxTotalBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of what one pod has said (MetadataInfo, and 300 for each fact) and one replica keeps.</summary>
    public long MaxBytesPerPod { get; set; } = 4 * 1024 * 1024;

    /// <summary>The same for all pods of a namespace together.</summary>
    public long MaxBytesPerNamespace { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// How long a MetadataInfo or a mapping that no registration names is kept, so that it may come before the registration that names it, and
    /// outlives a restart of its pods. Without any registration of its application it is not shown meanwhile.
    /// </summary>
    public TimeSpan KeepUnnamed { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<string> Validate()
    {
        if (MaxMetadataBytes is < 1024 or > 1024 * 1024)
            yield return $"{Section}:MaxMetadataBytes is {MaxMetadataBytes}; it must be 1024 to {1024 * 1024}.";
        if (MaxTotalBytes < MaxMetadataBytes)
            yield return $"{Section}:MaxTotalBytes is {MaxTotalBytes}; it must be at least MaxMetadataBytes ({MaxMetadataBytes}).";
        if (MaxBytesPerPod < MaxMetadataBytes)
            yield return $"{Section}:MaxBytesPerPod is {MaxBytesPerPod}; it must be at least MaxMetadataBytes ({MaxMetadataBytes}).";
        if (MaxBytesPerNamespace < MaxBytesPerPod)
            yield return $"{Section}:MaxBytesPerNamespace is {MaxBytesPerNamespace}; it must be at least MaxBytesPerPod ({MaxBytesPerPod}).";
        if (KeepUnnamed < TimeSpan.FromSeconds(1) || KeepUnnamed > TimeSpan.FromDays(1))
            yield return $"{Section}:KeepUnnamed is {KeepUnnamed}; it must be between a second and a day.";
    }
}
