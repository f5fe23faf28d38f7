namespace Gateway.Core.Subscriptions;

/// <summary>Whether a stream that was resumed can go on.</summary>
internal enum ResumeVerdict
{
    Wait,

    /// <summary>This replica has seen all that the client has seen.</summary>
    Reached,

    /// <summary>It has not, and the time is over.</summary>
    Late,

    /// <summary>It never will: the client's revision is of another history or of another configuration.</summary>
    Lost,
}
