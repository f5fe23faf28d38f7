namespace Gateway.Api.Contracts;

/// <summary>A merge patch (RFC 7396) of a registration as the caller wrote it. A member that was null goes back to its default.</summary>
public sealed record ChangesBody
{
    public string? Status { get; init; }
    public bool ResetsStatus { get; init; }
    public int? Weight { get; init; }
    public bool ResetsWeight { get; init; }

    /// <summary>Null values remove their key.</summary>
    public IReadOnlyDictionary<string, string?>? Metadata { get; init; }

    public bool ClearsMetadata { get; init; }
}
