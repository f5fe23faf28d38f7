using Gateway.Core.Refusals;

namespace Gateway.Core.Identity;

/// <summary>What a review came to, and until when it may be believed without asking again.</summary>
internal readonly record struct Review<T>(Result<T> Result, DateTimeOffset KeepUntil)
    where T : class;
