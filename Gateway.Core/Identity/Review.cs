using Gateway.Core.Refusals;

namespace Gateway.Core.Identity;

/// <summary>
/// What a review came to, and until when it may be believed without asking again. Until <paramref name="RecallUntil"/> it is known that this was
/// the latest answer, which is no ground for believing it.
/// </summary>
internal readonly record struct Review<T>(Result<T> Result, DateTimeOffset KeepUntil, DateTimeOffset RecallUntil = default)
    where T : class;
