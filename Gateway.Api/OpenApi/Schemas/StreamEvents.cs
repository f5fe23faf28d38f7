namespace Gateway.Api.OpenApi.Schemas;

/// <summary>Data of the events `stale`, `fresh` and `synced`.</summary>
internal sealed record StreamState
{
    /// <summary>True while the gateway has lost the API server.</summary>
    /// <example>false</example>
    public required bool Stale { get; init; }
}

/// <summary>Data of the event `goaway`: this replica ends the stream.</summary>
internal sealed record Goaway
{
    /// <summary>How long to wait before connecting again, in milliseconds.</summary>
    /// <example>1800</example>
    public required int RetryAfterMs { get; init; }
}
