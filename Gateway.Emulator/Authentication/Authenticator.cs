using System.Security.Cryptography;
using System.Text;
using Gateway.Emulator.Failures;

namespace Gateway.Emulator.Authentication;

/// <summary>Identifies the sender of a request by its bearer token alone.</summary>
internal sealed class Authenticator(EmulatorOptions options, TokenAuthority tokens)
{
    /// <summary>Throws a 401 for an invalid token; without a token the user is anonymous.</summary>
    public UserInfo Identify(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return UserInfo.Anonymous;
        var token = header["Bearer ".Length..].Trim();
        if (options.AdminToken is { } admin && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(admin), Encoding.UTF8.GetBytes(token)))
            return UserInfo.Admin;
        try
        {
            return tokens.Authenticate(token, []).User;
        }
        catch (TokenFailure)
        {
            throw ApiFailure.Unauthorized();
        }
    }
}
