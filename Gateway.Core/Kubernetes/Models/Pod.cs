using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>A pod (core/v1) with the fields that the gateway uses.</summary>
public sealed record Pod : IKubernetesObject
{
    public required ObjectMeta Metadata { get; init; }
    public string? NodeName { get; init; }
    public bool HostNetwork { get; init; }
    public string ServiceAccountName { get; init; } = "default";

    /// <summary>Names of the containers in the order of the spec; native sidecars (init containers that restart always) follow.</summary>
    public ImmutableArray<string> Containers { get; init; } = [];

    public PodPhase Phase { get; init; }

    /// <summary>status.podIPs, or status.podIP if the list is missing; empty until the kubelet reports an address.</summary>
    public ImmutableArray<string> PodIPs { get; init; } = [];

    /// <summary>Whether the Ready condition is True.</summary>
    public bool Ready { get; init; }

    /// <summary>Containers and native sidecars.</summary>
    public ImmutableArray<ContainerStatus> ContainerStatuses { get; init; } = [];

    /// <summary>This object could not be decoded completely: only its metadata is known.</summary>
    public bool Unreadable { get; init; }

    /// <summary>The pod's own spelling of that address, where it is not the pod's first; else null.</summary>
    public string? FurtherAddress(IPAddress? address)
    {
        for (var i = 0; address is not null && i < PodIPs.Length; i++)
        {
            if (IPAddress.TryParse(PodIPs[i], out var own) && own.Equals(address))
                return i == 0 ? null : PodIPs[i];
        }

        return null;
    }

    public bool IsTerminating => Metadata.DeletionTimestamp is not null;
    public bool IsFinished => Phase is PodPhase.Failed or PodPhase.Succeeded;
}

/// <summary>status.phase of a pod (core/v1).</summary>
public enum PodPhase
{
    Unknown,
    Pending,
    Running,
    Succeeded,
    Failed,
}

/// <summary>
/// One run of a container as the kubelet last reported it. <paramref name="StartedAt"/> is null while the container is not running.
/// </summary>
public sealed record ContainerStatus(string Name, int RestartCount, DateTimeOffset? StartedAt)
{
    private const int RunDigits = 12;

    /// <summary>
    /// Why the container is not ready: the reason of its waiting or terminated state, else <c>NotReady</c>; null: it is ready, or that is not known. Shown
    /// to people alone: it decides nothing.
    /// </summary>
    public string? Problem { get; init; }

    /// <summary>
    /// The first 12 hex digits of the containerID, which is new with every run; null: none is known. restartCount may be back at 0 after a node's restart.
    /// </summary>
    public string? Run { get; init; }

    /// <summary>The same container in the same run, whatever its problem.</summary>
    public bool IsSameRun(ContainerStatus other) =>
        Name == other.Name && RestartCount == other.RestartCount && StartedAt == other.StartedAt && Run == other.Run;

    /// <summary>The digits that name a run; null: the id is empty, or not of the form <c>runtime://hex</c>.</summary>
    public static string? RunOf(string? containerId)
    {
        var start = containerId?.IndexOf("://", StringComparison.Ordinal) + 3 ?? 0;
        return containerId is not null && start >= 3 && containerId.Length >= start + RunDigits && containerId[start..(start + RunDigits)] is var run && IsRun(run) ? run : null;
    }

    /// <summary>The same of the id's UTF-8.</summary>
    public static string? RunOf(ReadOnlySpan<byte> containerId)
    {
        var scheme = containerId.IndexOf("://"u8);
        if (scheme < 0 || containerId.Length < scheme + 3 + RunDigits)
            return null;
        var digits = containerId.Slice(scheme + 3, RunDigits);
        return digits.ContainsAnyExcept("0123456789abcdef"u8) ? null : Encoding.ASCII.GetString(digits);
    }

    /// <summary>Whether the text is the digits of a run.</summary>
    public static bool IsRun(string text) => text.Length == RunDigits && text.All(char.IsAsciiHexDigitLower);
}
