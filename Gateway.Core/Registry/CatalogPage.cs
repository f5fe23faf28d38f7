using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>One page of a sorted list of services; <paramref name="Continue"/> is the token of the next page, null on the last.</summary>
public sealed record CatalogPage(ImmutableArray<ServiceSnapshot> Items, string? Continue, Revision Revision);
