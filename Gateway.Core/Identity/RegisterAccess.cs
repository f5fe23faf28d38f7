namespace Gateway.Core.Identity;

/// <summary>Which names a pod may register under.</summary>
public enum RegisterAccess
{
    /// <summary>Any in its namespace, but the name of a Service with a selector only when it is selected.</summary>
    Namespace,

    /// <summary>Names for which its user may <c>create</c> <c>registrations.registry-gateway.io</c>.</summary>
    Rbac,

    /// <summary>Any in its namespace.</summary>
    Open,
}
