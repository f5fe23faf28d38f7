namespace Gateway.Core.Subscriptions;

/// <summary>Why a stream ended; the tag <c>reason</c> of the metric.</summary>
public enum StreamEnd
{
    /// <summary>The client or the network between ended it.</summary>
    Client,

    /// <summary>The reader took nothing for the send timeout.</summary>
    TooSlow,

    /// <summary>Replicas share the load again.</summary>
    MaxAge,

    /// <summary>The client had asked for this end.</summary>
    Timeout,

    /// <summary>The right to read was taken away.</summary>
    Forbidden,

    /// <summary>This replica is going away.</summary>
    Shutdown,
}
