namespace Gateway.Api.Contracts;

/// <summary>One entry of <c>ports</c> as the caller wrote it, not yet validated.</summary>
public sealed record PortBody
{
    public string? Name { get; init; }
    public int? Port { get; init; }
    public string? Protocol { get; init; }
}
