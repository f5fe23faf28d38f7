using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>A registration and the names of all mirrors it is to be shown in: its own, its namespace's and the gateway's together.</summary>
public readonly record struct MirroredRegistration(RegistrationRecord Record, ImmutableArray<string> Mirrors);
