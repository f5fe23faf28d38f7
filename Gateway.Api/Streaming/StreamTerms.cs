using Gateway.Core.Refusals;

namespace Gateway.Api.Streaming;

/// <summary>How long one stream lasts, and how often its right is checked again.</summary>
/// <param name="Timeout">The client asked for the end after this time; null: no end.</param>
/// <param name="Recheck">Returns null if the caller still has the right; called every <paramref name="RecheckPeriod"/>.</param>
/// <param name="RecheckPeriod">Null: no right is needed.</param>
internal sealed record StreamTerms(TimeSpan? Timeout, Func<CancellationToken, ValueTask<Refusal?>> Recheck, TimeSpan? RecheckPeriod);
