using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>
/// The result of a projection: the instances, sorted by id and without revisions, and the POSTs that the write side should confirm.
/// </summary>
internal sealed record ProjectedService(List<Instance> Instances, bool HasUnversionedInputs, ImmutableArray<RunConfirmation> Confirmations);
