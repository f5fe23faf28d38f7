using System.Collections.Immutable;
using Gateway.Core.Annotations;
using Gateway.Core.Registry;

namespace Gateway.Core.Registration;

/// <summary>Everything that a pod's annotations register, readable or not.</summary>
public sealed record OwnRegistrations(ImmutableArray<Instance> Items, ImmutableArray<UnreadableRecord> Unreadable);
