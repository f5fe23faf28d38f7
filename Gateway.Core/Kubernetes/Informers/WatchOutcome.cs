namespace Gateway.Core.Kubernetes.Informers;

/// <summary>How a watch ended.</summary>
internal enum WatchOutcome
{
    /// <summary>The server ended it in good order.</summary>
    Ended,

    /// <summary>The connection broke.</summary>
    Cut,

    /// <summary>It did not open: no connection, 5xx, or no right to it (any more).</summary>
    Failed,

    /// <summary>410, as a status or as an ERROR event: its version is no longer known.</summary>
    Gone,

    /// <summary>504 ResourceVersionTooLarge: its version is not known yet, or belongs to a lost history.</summary>
    TooLarge,

    /// <summary>429.</summary>
    Throttled,

    /// <summary>A frame could not be read.</summary>
    Unreadable,

    /// <summary>It was still open long after its own end.</summary>
    Overdue,

    /// <summary>It is open, but tells nothing although there is something to tell.</summary>
    Dead,

    /// <summary>The cluster's store was put back to before the version that was seen.</summary>
    HistoryReplaced,

    /// <summary>The server has no streaming lists.</summary>
    StreamingRefused,

    /// <summary>Any other answer: 4xx, or an ERROR event of another code.</summary>
    Rejected,
}
