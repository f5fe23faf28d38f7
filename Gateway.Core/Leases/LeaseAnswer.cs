using System.Collections.Immutable;

namespace Gateway.Core.Leases;

/// <summary>Redis' time, and the deadline of each renewal and each question in their order; in milliseconds of Redis' clock.</summary>
internal sealed record LeaseAnswer(long Now, ImmutableArray<long> Deadlines);
