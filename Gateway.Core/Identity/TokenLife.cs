namespace Gateway.Core.Identity;

/// <summary>How long a token lives by its own word; to be asked only of a token that was accepted.</summary>
public static class TokenLife
{
    /// <summary>Null: it does not say.</summary>
    public static DateTimeOffset? ExpiryOf(string token) => TokenClaims.Read(token)?.Expiry;
}
