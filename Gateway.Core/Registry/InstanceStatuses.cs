namespace Gateway.Core.Registry;

/// <summary>A set of <see cref="InstanceStatus"/> that a lookup asks for.</summary>
[Flags]
public enum InstanceStatuses
{
    None = 0,
    Up = 1 << InstanceStatus.Up,
    Starting = 1 << InstanceStatus.Starting,
    OutOfService = 1 << InstanceStatus.OutOfService,
    Down = 1 << InstanceStatus.Down,
    Terminating = 1 << InstanceStatus.Terminating,
    Any = Up | Starting | OutOfService | Down | Terminating,
}
