namespace Gateway.Core.Kubernetes.Client;

/// <summary>The types of watch events (meta/v1 WatchEvent).</summary>
public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>No object changed up to this version.</summary>
    Bookmark,

    /// <summary>The watch has failed and ends.</summary>
    Error,
}
