using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>The next snapshot, with the by-products of building it.</summary>
internal sealed record BuiltSnapshot(
    RegistrySnapshot Snapshot, IReadOnlyCollection<ServiceKey> Changed, int Projected, ImmutableArray<RunConfirmation> Confirmations,
    ImmutableArray<string> GoneIds, IReadOnlyCollection<ObjectKey> ChangedPods);
