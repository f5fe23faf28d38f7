using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// The addresses and container statuses of a pod in one array of bytes: how many addresses and which of them are of IPv6; the addresses; then thirteen bytes or
/// so for each status.
/// What has no such form (an address in another spelling, a reason that is not well known) is kept as it is, for the whole pod.
/// </summary>
internal static class PackedStatus
{
    // Of the first byte: how many addresses, and from there on one bit each, set for IPv6.
    private const int CountMask = 0x07;
    private const int FirstFamily = 3;
    private const int MostAddresses = 4;

    public const int MostAddressBytes = 16;

    private const int RunBytes = 6;
    private const int HasRun = 0x40;
    private const int HasStarted = 0x80;

    // A code has six bits; 0: no problem.
    private static readonly string[] Problems =
    [
        "NotReady", "Completed", "Error", "ContainerCreating", "PodInitializing", "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "OOMKilled",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "ContainerStatusUnknown", "ContainerCannotRun", "StartError", "DeadlineExceeded",
    ];

    public static readonly object None = new byte[] { 0 };

    /// <summary>Bytes, or a <see cref="PlainStatus"/>.</summary>
    public static object Of(ImmutableArray<string> addresses, ImmutableArray<ContainerStatus> statuses, ImmutableArray<string> containers)
    {
        if (addresses.IsDefault || statuses.IsDefault || containers.IsDefault)
            return new PlainStatus(addresses, statuses);
        if (addresses.IsEmpty && statuses.IsEmpty)
            return None;
        Span<byte> bytes = stackalloc byte[512];
        return TryWrite(bytes, addresses, statuses, containers) is > 0 and var length ? bytes[..length].ToArray() : new PlainStatus(addresses, statuses);
    }

    public static ImmutableArray<string> AddressesOf(object packed)
    {
        if (packed is not byte[] bytes)
            return ((PlainStatus)packed).Addresses;
        if (CountOf(bytes) == 0)
            return [];
        var addresses = new string[CountOf(bytes)];
        for (int i = 0, at = 1; i < addresses.Length; at += LengthOf(bytes, i), i++)
            addresses[i] = new IPAddress(bytes.AsSpan(at, LengthOf(bytes, i))).ToString();
        return ImmutableCollectionsMarshal.AsImmutableArray(addresses);
    }

    public static bool HasAddresses(object packed) => packed is byte[] bytes ? CountOf(bytes) > 0 : !((PlainStatus)packed).Addresses.IsEmpty;

    /// <summary>Whether one of the addresses is spelled so.</summary>
    public static bool Contains(object packed, string address)
    {
        if (packed is not byte[] bytes)
            return ((PlainStatus)packed).Addresses.Contains(address);
        Span<byte> wanted = stackalloc byte[16];
        var length = WriteAddress(wanted, address);
        if (length == 0)
            return false;
        for (int i = 0, at = 1; i < CountOf(bytes); at += LengthOf(bytes, i), i++)
        {
            if (bytes.AsSpan(at, LengthOf(bytes, i)).SequenceEqual(wanted[..length]))
                return true;
        }

        return false;
    }

    /// <summary>Whether both are the same for pods with equal containers; false may also mean that it is not known.</summary>
    public static bool AreEqual(object one, object other) =>
        ReferenceEquals(one, other) || one is byte[] bytes && other is byte[] others && bytes.AsSpan().SequenceEqual(others);

    public static ImmutableArray<ContainerStatus> StatusesOf(object packed, ImmutableArray<string> containers)
    {
        if (packed is not byte[] bytes)
            return ((PlainStatus)packed).Statuses;
        var rest = StatusBytesOf(bytes);
        if (rest.IsEmpty)
            return [];
        var statuses = ImmutableArray.CreateBuilder<ContainerStatus>(containers.Length);
        while (!rest.IsEmpty)
            statuses.Add(ReadStatus(ref rest, containers));
        return statuses.DrainToImmutable();
    }

    /// <summary>The first status of that container; null: it has none.</summary>
    public static ContainerStatus? StatusOf(object packed, ImmutableArray<string> containers, string container)
    {
        if (packed is not byte[] bytes)
        {
            foreach (var status in ((PlainStatus)packed).Statuses)
            {
                if (status.Name == container)
                    return status;
            }

            return null;
        }

        var rest = StatusBytesOf(bytes);
        while (!rest.IsEmpty)
        {
            if (containers[rest[0]] == container)
                return ReadStatus(ref rest, containers);
            rest = rest[StatusLength(rest)..];
        }

        return null;
    }

    private static ReadOnlySpan<byte> StatusBytesOf(byte[] bytes)
    {
        var at = 1;
        for (var i = 0; i < CountOf(bytes); i++)
            at += LengthOf(bytes, i);
        return bytes.AsSpan(at);
    }

    // As WriteStatus writes it: position, flags, restarts in groups of seven bits, the start, the run.
    private static int StatusLength(ReadOnlySpan<byte> status)
    {
        var (flags, at) = (status[1], 2);
        while (status[at++] >= 0x80)
        {
        }

        return at + ((flags & HasStarted) != 0 ? sizeof(uint) : 0) + ((flags & HasRun) != 0 ? RunBytes : 0);
    }

    private static int TryWrite(Span<byte> bytes, ImmutableArray<string> addresses, ImmutableArray<ContainerStatus> statuses, ImmutableArray<string> containers)
    {
        // As many addresses and ten statuses always fit.
        if (addresses.Length > MostAddresses || statuses.Length > 10 || containers.Length > byte.MaxValue)
            return 0;
        var at = 1;
        bytes[0] = (byte)addresses.Length;
        for (var i = 0; i < addresses.Length; i++)
        {
            var length = WriteAddress(bytes[at..], addresses[i]);
            if (length == 0)
                return 0;
            if (length == 16)
                bytes[0] |= (byte)(1 << (FirstFamily + i));
            at += length;
        }

        foreach (var status in statuses)
        {
            var length = WriteStatus(bytes[at..], status, containers);
            if (length == 0)
                return 0;
            at += length;
        }

        return at;
    }

    private static int CountOf(byte[] bytes) => bytes[0] & CountMask;

    private static int LengthOf(byte[] bytes, int address) => (bytes[0] >> (FirstFamily + address) & 1) == 0 ? 4 : 16;

    // Its four or sixteen bytes, and how many; 0: another spelling than the one that they are read as.
    public static int WriteAddress(Span<byte> bytes, string text)
    {
        if (!IPAddress.TryParse(text, out var address) || !address.TryWriteBytes(bytes, out var length))
            return 0;
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0)
            return 0;
        Span<char> spelled = stackalloc char[64];
        if (!address.TryFormat(spelled, out var characters) || !text.AsSpan().SequenceEqual(spelled[..characters]))
            return 0;
        return length;
    }

    private static int WriteStatus(Span<byte> bytes, ContainerStatus? status, ImmutableArray<string> containers)
    {
        if (status is null)
            return 0;
        var container = containers.IndexOf(status.Name);
        var problem = status.Problem is null ? 0 : Array.IndexOf(Problems, status.Problem) + 1;
        var started = ObjectMeta.WholeSeconds(status.StartedAt);
        if (container < 0 || status.Problem is not null && problem == 0 || status.StartedAt is not null && started == 0 || status.RestartCount < 0)
            return 0;
        if (status.Run is not null && !ContainerStatus.IsRun(status.Run))
            return 0;
        bytes[0] = (byte)container;
        bytes[1] = (byte)(problem | (status.Run is null ? 0 : HasRun) | (started == 0 ? 0 : HasStarted));
        var at = 2;
        var restarts = (uint)status.RestartCount;
        for (; restarts >= 0x80; restarts >>= 7)
            bytes[at++] = (byte)(restarts | 0x80);
        bytes[at++] = (byte)restarts;
        if (started != 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], started);
            at += sizeof(uint);
        }

        if (status.Run is null)
            return at;
        Convert.FromHexString(status.Run, bytes.Slice(at, RunBytes), out _, out _);
        return at + RunBytes;
    }

    private static ContainerStatus ReadStatus(ref ReadOnlySpan<byte> rest, ImmutableArray<string> containers)
    {
        var (container, flags, at, restarts) = (rest[0], rest[1], 2, 0U);
        for (var shift = 0; ; shift += 7)
        {
            var part = rest[at++];
            restarts |= (part & 0x7FU) << shift;
            if (part < 0x80)
                break;
        }

        DateTimeOffset? started = null;
        if ((flags & HasStarted) != 0)
        {
            started = DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32LittleEndian(rest[at..]));
            at += sizeof(uint);
        }

        string? run = null;
        if ((flags & HasRun) != 0)
        {
            run = Convert.ToHexStringLower(rest.Slice(at, RunBytes));
            at += RunBytes;
        }

        rest = rest[at..];
        var problem = flags & ~(HasRun | HasStarted);
        return new(containers[container], (int)restarts, started) { Run = run, Problem = problem == 0 ? null : Problems[problem - 1] };
    }
}

/// <summary>The same, as it was read.</summary>
internal sealed record PlainStatus(ImmutableArray<string> Addresses, ImmutableArray<ContainerStatus> Statuses);
