namespace Gateway.Core.Subscriptions;

/// <summary>Why a stream ended.</summary>
public enum StreamEnding
{
    /// <summary>The client went, or its connection broke.</summary>
    Client,

    /// <summary>The time that the client asked for is over.</summary>
    Timeout,

    /// <summary><c>Subscriptions:MaxAge</c>: it comes back, maybe at another replica.</summary>
    MaxAge,

    /// <summary>This replica is shutting down.</summary>
    Shutdown,

    /// <summary>The right to read was taken away.</summary>
    Forbidden,

    /// <summary>The reader took nothing for <c>Subscriptions:SendTimeout</c>.</summary>
    TooSlow,
}
