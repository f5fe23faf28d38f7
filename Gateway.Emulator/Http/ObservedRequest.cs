namespace Gateway.Emulator.Http;

/// <summary>
/// The parts of a request that a fault's filter, or a test, may inspect. <paramref name="Query"/> is as sent, with its leading <c>?</c>, or
/// empty.
/// </summary>
public sealed record ObservedRequest(string Method, string Path, string Query, string UserAgent)
{
    /// <summary>The media types that the client takes, as sent.</summary>
    public string Accept { get; init; } = "";

    public bool IsWatch => Method == "GET" &&
        (Query.Contains("watch=1", StringComparison.Ordinal) || Query.Contains("watch=true", StringComparison.Ordinal));

    public bool IsWrite => Method is "POST" or "PUT" or "PATCH" or "DELETE";
}
