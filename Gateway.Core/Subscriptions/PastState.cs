using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Subscriptions;

/// <summary>
/// A former state of a service: all its instances, and since when. <paramref name="Since"/> is null where the service did not exist before,
/// as far as is known. <paramref name="Number"/> orders the ends of states over all services; <paramref name="Bytes"/> is the approximate
/// memory that only this state holds.
/// </summary>
internal sealed record PastState(ServiceKey Service, ImmutableArray<Instance> Instances, Revision? Since, long Number, long Bytes);
