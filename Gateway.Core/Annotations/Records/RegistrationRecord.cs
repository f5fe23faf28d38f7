using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Gateway.Core.Annotations.Records;

/// <summary>
/// One readable record in a pod's annotations, whatever its format, without the state of the pod itself. Immutable; equal content is equal
/// bytes when written.
/// </summary>
public sealed record RegistrationRecord
{
    public required string Id { get; init; }
    public required RegistrationKey Key { get; init; }
    public required InstanceSource Source { get; init; }

    public ImmutableArray<NamedPort> Ports { get; init; } = [];

    /// <summary>Sorted by key, ordinal.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = NoMetadata;

    /// <summary>0..10000.</summary>
    public int Weight { get; init; } = 100;

    /// <summary>Heartbeat lease in seconds; null: none.</summary>
    public int? Ttl { get; init; }

    /// <summary>The container that provides the service; null: bound to no container run.</summary>
    public string? Container { get; init; }

    /// <summary>restartCount of <see cref="Container"/> at the last POST that was written.</summary>
    public int RestartCount { get; init; }

    /// <summary>Which run of <see cref="Container"/> that was (12 hex digits of its containerID); null: not known.</summary>
    public string? Run { get; init; }

    /// <summary>Time of the first registration; null where the format has none.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>Time of the last POST that was written (or confirmed later); null: never posted.</summary>
    public DateTimeOffset? PostedAt { get; init; }

    public OutOfService OutOfService { get; init; }

    /// <summary>What the pod's client said, as <see cref="OutOfService"/> by the pod: one of <see cref="ClientReasons"/>; null: the pod said no more.</summary>
    public string? OutOfServiceReason { get; init; }

    /// <summary>Under which ids clients of other registries know it: one a protocol, sorted by protocol.</summary>
    public ImmutableArray<ClientAlias> Clients { get; init; } = [];

    /// <summary>The id under which the clients of that protocol know it; null: it did not come by that protocol.</summary>
    public ClientAlias? ClientOf(string protocol) => ClientAliases.Find(Clients, protocol);

    /// <summary>Further annotation formats that the registration asked for.</summary>
    public ImmutableArray<string> Mirrors { get; init; } = [];

    /// <summary>An own key that only overrides status and weight of a record with this id in another format.</summary>
    public bool IsOverlay { get; init; }

    /// <summary>The weight that an overlay sets in place of the record's own; null: the record's own counts.</summary>
    public int? WeightOverride { get; init; }

    /// <summary>The one of its pod's addresses that the record itself names, where that is not the first; null: the first.</summary>
    public string? Host { get; init; }

    /// <summary>The record's address if it is not its pod's (only where that is allowed); null: the pod's own.</summary>
    public string? ForeignAddress { get; init; }

    internal static readonly ImmutableSortedDictionary<string, string> NoMetadata =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>Identifies a registration within its pod. Group and version are "" when unset.</summary>
public readonly record struct RegistrationKey(string Namespace, string Service, string Group, string Version, string Protocol, int Port)
{
    /// <summary>
    /// The instance id (contract, section 1): the first 32 hex digits of SHA-256 over the lines owner, namespace, service, group, version,
    /// protocol, port, each ended by a line feed. <paramref name="owner"/> is the pod's uid, or the address of an endpoint without a pod.
    /// </summary>
    public string IdFor(string owner)
    {
        Span<byte> lines = stackalloc byte[512];
        if (!Utf8.TryWrite(lines, CultureInfo.InvariantCulture, $"{owner}\n{Namespace}\n{Service}\n{Group}\n{Version}\n{Protocol}\n{Port}\n", out var length))
        {
            lines = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{owner}\n{Namespace}\n{Service}\n{Group}\n{Version}\n{Protocol}\n{Port}\n"));
            length = lines.Length;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(lines[..length], hash);
        return Convert.ToHexStringLower(hash[..16]);
    }
}

/// <summary>One of several ports of an instance: <c>{name, port, protocol}</c>.</summary>
public sealed record NamedPort(string Name, int Port, string Protocol);

/// <summary>Who took an instance out of rotation. A state set by another caller on behalf of the pod survives the pod's own POST.</summary>
public enum OutOfService
{
    No,
    ByPod,
    ByOther,
}
