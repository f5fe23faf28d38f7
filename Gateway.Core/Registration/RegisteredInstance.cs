using System.Collections.Immutable;
using Gateway.Core.Registry;

namespace Gateway.Core.Registration;

/// <summary>One registration after a write: the instance as lookup shows it, whether it is new, and what became of each mirror.</summary>
public sealed record RegisteredInstance(Instance Instance, bool Created, ImmutableSortedDictionary<string, MirrorReport> Mirrors);
