namespace Gateway.Core.Identity;

/// <summary>Who may look services up.</summary>
public enum LookupAccess
{
    /// <summary>Everyone who reaches the gateway.</summary>
    Open,

    /// <summary>Whoever may <c>get</c> <c>endpointslices</c> in the namespace.</summary>
    Rbac,
}
