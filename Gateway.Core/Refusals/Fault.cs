namespace Gateway.Core.Refusals;

/// <summary>One fault of a request: where (a JSON pointer into the body, or a query parameter), a stable code, a sentence.</summary>
public sealed record Fault(string? Pointer, string? Parameter, string Code, string Detail);
