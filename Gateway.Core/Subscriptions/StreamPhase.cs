namespace Gateway.Core.Subscriptions;

/// <summary>How far a stream has come.</summary>
internal enum StreamPhase
{
    /// <summary>Nothing was told yet.</summary>
    Opening,

    /// <summary>Waits until this replica has seen what the client has seen.</summary>
    Resuming,

    /// <summary>The first state is being told.</summary>
    Telling,

    /// <summary>The client holds a whole state; only changes follow.</summary>
    Live,
}
