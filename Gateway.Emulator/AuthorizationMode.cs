namespace Gateway.Emulator;

public enum AuthorizationMode
{
    /// <summary>Every request is allowed, with or without a token.</summary>
    AlwaysAllow,

    /// <summary>The stored Roles and bindings decide; a request without a token is <c>system:anonymous</c>.</summary>
    Rbac,
}
