using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Text;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// A pod (core/v1) with the fields that the gateway uses. Addresses and container statuses are stored packed (<see cref="PackedStatus"/>): they are made
/// each time that they are read.
/// </summary>
public sealed record Pod : IKubernetesObject
{
    private readonly PodShape _shape = PodShape.Default;
    private readonly object _status = PackedStatus.None;

    public required ObjectMeta Metadata { get; init; }
    public string? NodeName { get; init; }
    public bool HostNetwork { get; init; }

    public string ServiceAccountName
    {
        get => _shape.Account;
        init => _shape = _shape with { Account = value };
    }

    /// <summary>Names of the containers in the order of the spec; native sidecars (init containers that restart always) follow.</summary>
    public ImmutableArray<string> Containers
    {
        get => _shape.Containers;
        init
        {
            // The packed statuses name containers by their position.
            var (addresses, statuses) = (PodIPs, ContainerStatuses);
            _shape = _shape with { Containers = value };
            _status = PackedStatus.Of(addresses, statuses, value);
        }
    }

    public PodPhase Phase { get; init; }

    /// <summary>status.podIPs, or status.podIP if the list is missing; empty until the kubelet reports an address.</summary>
    public ImmutableArray<string> PodIPs
    {
        get => PackedStatus.AddressesOf(_status);
        init => _status = PackedStatus.Of(value, ContainerStatuses, _shape.Containers);
    }

    /// <summary>Whether the Ready condition is True.</summary>
    public bool Ready { get; init; }

    /// <summary>Containers and native sidecars.</summary>
    public ImmutableArray<ContainerStatus> ContainerStatuses
    {
        get => PackedStatus.StatusesOf(_status, _shape.Containers);
        init => _status = PackedStatus.Of(PodIPs, value, _shape.Containers);
    }

    /// <summary>The status of that container, without unpacking those of others; null: none is known.</summary>
    internal ContainerStatus? StatusOf(string container) => PackedStatus.StatusOf(_status, _shape.Containers, container);

    internal PodShape Shape
    {
        init => _shape = value;
    }

    /// <summary>Addresses and statuses together, packed once; the shape is set before.</summary>
    internal (ImmutableArray<string> Addresses, ImmutableArray<ContainerStatus> Statuses) Reported
    {
        init => _status = PackedStatus.Of(value.Addresses, value.Statuses, _shape.Containers);
    }

    /// <summary>This object could not be decoded completely: only its metadata is known.</summary>
    public bool Unreadable { get; init; }

    /// <summary>The pod's own spelling of that address, where it is not the pod's first; else null.</summary>
    public string? FurtherAddress(IPAddress? address)
    {
        var addresses = PodIPs;
        for (var i = 0; address is not null && i < addresses.Length; i++)
        {
            if (IPAddress.TryParse(addresses[i], out var own) && own.Equals(address))
                return i == 0 ? null : addresses[i];
        }

        return null;
    }

    /// <summary>Whether an address is known; makes no text.</summary>
    internal bool HasAddresses => PackedStatus.HasAddresses(_status);

    /// <summary>Whether one of its addresses is spelled so; makes no text.</summary>
    internal bool HasAddress(string address) => PackedStatus.Contains(_status, address);

    /// <summary>Whether containers, addresses and statuses are known to be the same without unpacking them.</summary>
    internal bool ReportsSame(Pod other) => PackedStatus.AreEqual(_status, other._status) && _shape.Containers.AsSpan().SequenceEqual(other._shape.Containers.AsSpan());

    public bool IsTerminating => Metadata.DeletionTimestamp is not null;
    public bool IsFinished => Phase is PodPhase.Failed or PodPhase.Succeeded;
}

/// <summary>What the pods of one owner share: the account, and the names of their containers.</summary>
internal sealed record PodShape(string Account, ImmutableArray<string> Containers)
{
    public static readonly PodShape Default = new("default", []);
}

/// <summary>status.phase of a pod (core/v1).</summary>
public enum PodPhase : byte
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
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

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
    public static bool IsRun(string text) => text.Length == RunDigits && !text.AsSpan().ContainsAnyExcept(HexDigits);
}
