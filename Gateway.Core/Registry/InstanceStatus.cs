namespace Gateway.Core.Registry;

/// <summary>The status of an instance (contract, section 1). Lookups, pick and streams see <see cref="Up"/> unless asked otherwise.</summary>
public enum InstanceStatus
{
    Up,
    Starting,
    OutOfService,
    Down,
    Terminating,
}
