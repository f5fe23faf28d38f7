using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>A registration and the names of all mirrors that show it: its own, its namespace's and the gateway's.</summary>
public readonly record struct MirroredRegistration(RegistrationRecord Record, ImmutableArray<string> Mirrors);
