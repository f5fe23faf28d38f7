namespace Gateway.Core.Subscriptions;

/// <summary>The progress of a stream.</summary>
internal enum StreamPhase
{
    /// <summary>Nothing was sent yet.</summary>
    Opening,

    /// <summary>Waits until this replica has seen what the client has seen.</summary>
    Resuming,

    /// <summary>The first state is being sent.</summary>
    Sending,

    /// <summary>The client holds a complete state; only changes follow.</summary>
    Live,
}
