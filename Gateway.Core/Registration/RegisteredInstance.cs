using System.Collections.Immutable;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Registry;

namespace Gateway.Core.Registration;

/// <summary>One registration after a write: the instance as lookup shows it, whether it is new, and what became of it in each mirror (by name).</summary>
public sealed record RegisteredInstance(Instance Instance, bool Created, ImmutableSortedDictionary<string, MirrorState> Mirrors);
