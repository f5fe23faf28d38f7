using System.Collections.Immutable;

namespace Gateway.Core.Registry.Instances;

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

/// <summary>The contract's names of statuses.</summary>
public static class InstanceStatusNames
{
    /// <summary>In the order of <see cref="InstanceStatus"/>.</summary>
    public static readonly ImmutableArray<string> All = ["UP", "STARTING", "OUT_OF_SERVICE", "DOWN", "TERMINATING"];

    public static string Of(InstanceStatus status) => All[(int)status];

    public static bool TryParse(string? name, out InstanceStatus status)
    {
        var index = name is null ? -1 : All.IndexOf(name);
        status = (InstanceStatus)Math.Max(0, index);
        return index >= 0;
    }

    public static InstanceStatuses AsSet(this InstanceStatus status) => (InstanceStatuses)(1 << (int)status);

    public static bool Holds(this InstanceStatuses set, InstanceStatus status) => (set & status.AsSet()) != 0;
}
