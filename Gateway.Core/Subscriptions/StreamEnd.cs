namespace Gateway.Core.Subscriptions;

/// <summary>Why a stream ended; the tag <c>reason</c> of the metric.</summary>
public enum StreamEnd
{
    /// <summary>The client or the network closed the connection.</summary>
    Client,

    /// <summary>The reader accepted no bytes for the send timeout.</summary>
    TooSlow,

    /// <summary>The stream reached its maximum age; clients reconnect, so that replicas share the load again.</summary>
    MaxAge,

    /// <summary>The end that the client asked for.</summary>
    Timeout,

    /// <summary>The caller lost the right to read.</summary>
    Forbidden,

    /// <summary>This replica is shutting down.</summary>
    Shutdown,
}
