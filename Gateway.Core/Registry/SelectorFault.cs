namespace Gateway.Core.Registry;

/// <summary>Why a selector cannot be parsed: the zero-based position of the fault, and what was found or missing there.</summary>
public sealed record SelectorFault(int Position, string Detail);
