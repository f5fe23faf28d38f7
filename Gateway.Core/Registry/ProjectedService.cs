using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>What the projection found: the instances, sorted by id and without their revisions, and what the write side should confirm.</summary>
internal sealed record ProjectedService(List<Instance> Instances, bool IsBeyondVersions, ImmutableArray<RunConfirmation> Confirmations);
