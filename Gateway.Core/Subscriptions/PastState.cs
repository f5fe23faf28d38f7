using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// A state that a service had until it changed: all its instances, and since when. <paramref name="Since"/> is null where the service did
/// not exist for as long as is known. <paramref name="Number"/> orders when states ended, over all services;
/// <paramref name="Bytes"/>: about what it keeps from being freed.
/// </summary>
internal sealed record PastState(ServiceKey Service, ImmutableArray<Instance> Instances, Revision? Since, long Number, long Bytes);
