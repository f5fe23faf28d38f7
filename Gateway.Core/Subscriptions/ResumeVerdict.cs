namespace Gateway.Core.Subscriptions;

/// <summary>Whether a resumed stream can continue now.</summary>
internal enum ResumeVerdict
{
    Wait,

    /// <summary>This replica has seen everything that the client has seen.</summary>
    Reached,

    /// <summary>This replica has not, and the time to wait is over.</summary>
    Late,

    /// <summary>It never will: the client's revision is of another history or of another configuration.</summary>
    Lost,
}
