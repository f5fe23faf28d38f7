using Gateway.Core.Refusals;

namespace Gateway.Api.Streaming;

/// <summary>How long one stream lasts, and how often its right is asked for again.</summary>
/// <param name="Timeout">Its client wants it to end then; null: not at all.</param>
/// <param name="Recheck">Null: it still may; asked every <paramref name="RecheckPeriod"/>.</param>
/// <param name="RecheckPeriod">Null: nobody needs a right.</param>
internal sealed record StreamTerms(TimeSpan? Timeout, Func<CancellationToken, ValueTask<Refusal?>> Recheck, TimeSpan? RecheckPeriod);
