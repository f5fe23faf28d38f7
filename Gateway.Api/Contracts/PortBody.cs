namespace Gateway.Api.Contracts;

/// <summary>One entry of <c>ports</c> as the caller wrote it, not yet validated.</summary>
public sealed record PortBody
{
    public string? Name { get; set; }
    public int? Port { get; set; }
    public string? Protocol { get; set; }
}
