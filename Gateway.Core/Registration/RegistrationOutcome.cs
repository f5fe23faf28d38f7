using System.Collections.Immutable;

namespace Gateway.Core.Registration;

/// <summary>
/// A write that stands at the API server. <paramref name="Revision"/> is the registry revision from which on every lookup shows it;
/// <paramref name="IsPending"/>: this replica has not folded it within five seconds.
/// </summary>
public sealed record RegistrationOutcome(ImmutableArray<RegisteredInstance> Items, string Revision, bool IsPending);
