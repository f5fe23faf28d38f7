namespace Gateway.Core.Kubernetes.Client;

/// <summary>Which changes are asked for, and from where on. Bookmarks are always asked for.</summary>
public sealed record WatchRequest
{
    /// <summary>"" is the whole cluster.</summary>
    public string Namespace { get; init; } = "";

    public string? LabelSelector { get; init; }

    /// <summary>What comes after this version; with <see cref="SendInitialEvents"/> at least as new as this, "" the newest there is.</summary>
    public required string ResourceVersion { get; init; }

    /// <summary>After this time the server ends the watch.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>A streaming list (KEP-3157): first every object as an event, then a bookmark, then what changes. 422 where the server has it not.</summary>
    public bool SendInitialEvents { get; init; }
}
