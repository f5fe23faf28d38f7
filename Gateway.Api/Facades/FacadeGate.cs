using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Facades;

/// <summary>Who calls a facade, and the one namespace that the call is about.</summary>
internal sealed record FacadeCall(CallerIdentity Caller, string Namespace)
{
    /// <summary>When the token of the call ends; null: there was none, or it does not say.</summary>
    public DateTimeOffset? TokenExpires { get; init; }
}

internal sealed class FacadeGate
{
    public Task<Result<FacadeCall>> EnterReadAsync(HttpContext context, string? token, string? saidNamespace) => throw new NotImplementedException();

    public Task<Result<FacadeCall>> EnterWriteAsync(HttpContext context, string? token, string verb, string? saidNamespace) => throw new NotImplementedException();
}
