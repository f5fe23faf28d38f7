namespace Gateway.Core.Leases;

/// <summary>What is told to Redis and asked of it in one call: leases renewed, leases whose deadline is asked, and leases that are gone (with the
/// deadline that was known here: one that was renewed elsewhere since stays).</summary>
internal sealed record LeaseBatch(
    IReadOnlyList<(string Id, TimeSpan Ttl)> Renewals, IReadOnlyList<(string Id, TimeSpan Ttl)> Questions, IReadOnlyList<(string Id, long Known)> Gone);
