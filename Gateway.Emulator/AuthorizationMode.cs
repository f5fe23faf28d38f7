namespace Gateway.Emulator;

public enum AuthorizationMode
{
    /// <summary>Everyone may do everything, without a token too.</summary>
    AlwaysAllow,

    /// <summary>The stored Roles and bindings decide; without a token one is <c>system:anonymous</c>.</summary>
    Rbac,
}
