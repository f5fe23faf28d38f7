namespace Gateway.Api.Contracts;

/// <summary>A merge patch (RFC 7396) of a registration as the caller wrote it. A member that was null goes back to its default. Its reader fills it in.</summary>
public sealed record ChangesBody
{
    public string? Status { get; set; }
    public bool ResetsStatus { get; set; }
    public int? Weight { get; set; }
    public bool ResetsWeight { get; set; }

    /// <summary>Null values remove their key.</summary>
    public IReadOnlyDictionary<string, string?>? Metadata { get; set; }

    public bool ClearsMetadata { get; set; }
}
