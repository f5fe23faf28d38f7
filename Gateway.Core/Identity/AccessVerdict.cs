namespace Gateway.Core.Identity;

/// <summary>The API server's answer to "may this user do that?".</summary>
public sealed record AccessVerdict
{
    internal static readonly AccessVerdict Allowed = new() { IsAllowed = true };
    internal static readonly AccessVerdict Denied = new();

    public bool IsAllowed { get; private init; }
}
