namespace Gateway.Core.Registry;

/// <summary>Why a selector cannot be read: the zero-based character at which reading stopped, and what stood or was missing there.</summary>
public sealed record SelectorFault(int Position, string Detail);
