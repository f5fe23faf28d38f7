namespace Gateway.Core.Registry;

/// <summary>
/// The status of an instance (contract, section 1). Lookups, pick and streams show <see cref="Up"/> only, unless asked otherwise.
/// </summary>
public enum InstanceStatus
{
    Up,
    Starting,
    OutOfService,
    Down,
    Terminating,
}
