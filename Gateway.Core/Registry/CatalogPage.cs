using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>One page of a list of services, in order; <paramref name="Continue"/> leads to the next one, null on the last.</summary>
public sealed record CatalogPage(ImmutableArray<ServiceSnapshot> Items, string? Continue, Revision Revision);
