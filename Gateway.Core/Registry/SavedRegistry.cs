using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry;

/// <summary>
/// The registry as one replica last knew it: the objects that its instances were made of, as they were at <paramref name="Revision"/> and
/// known to be still so at <paramref name="At"/>.
/// </summary>
public sealed record SavedRegistry(
    DateTimeOffset At, string Revision, ImmutableArray<Pod> Pods, ImmutableArray<Service> Services, ImmutableArray<EndpointSlice> Slices,
    ImmutableArray<Endpoints> Endpoints, ImmutableArray<Node> Nodes);
