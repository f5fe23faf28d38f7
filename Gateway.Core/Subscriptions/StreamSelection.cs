using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Subscriptions;

/// <summary>What one stream covers: certain services, or all of a namespace, and which of their instances. Immutable.</summary>
public sealed class StreamSelection
{
    private const int TagBytes = 6;

    private StreamSelection(ImmutableArray<ServiceKey> services, string? ns, LookupFilter filter, bool isSingle)
    {
        (Services, Namespace, Filter, IsSingle) = (services, ns, filter, isSingle);
        var text = new StringBuilder(isSingle ? "one\n" : "many\n").Append(ns).Append('\n');
        foreach (var service in services)
            text.Append(service.Namespace).Append('/').Append(service.Name).Append('\n');
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.Append(filter.Key).ToString()));
        Tag = Base64Url.EncodeToString(hash.AsSpan(0, TagBytes));
    }

    /// <summary>Sorted and distinct; empty where a namespace is selected.</summary>
    public ImmutableArray<ServiceKey> Services { get; }

    public string? Namespace { get; }
    public LookupFilter Filter { get; }

    /// <summary>A stream of one service: its one snapshot is complete, and no <c>synced</c> follows.</summary>
    public bool IsSingle { get; }

    /// <summary>Identifies the selection in event ids; equal on every replica.</summary>
    public string Tag { get; }

    /// <summary>Whether both cover the same.</summary>
    internal bool Covers(StreamSelection other) => Tag == other.Tag && IsSingle == other.IsSingle && Namespace == other.Namespace
        && Services.AsSpan().SequenceEqual(other.Services.AsSpan()) && Filter.Equals(other.Filter);

    public static StreamSelection OfOne(ServiceKey service, LookupFilter filter) => new([service], null, filter, isSingle: true);

    public static StreamSelection OfMany(IEnumerable<ServiceKey> services, LookupFilter filter) =>
        new([.. services.Distinct().Order()], null, filter, isSingle: false);

    public static StreamSelection OfNamespace(string ns, LookupFilter filter) => new([], ns, filter, isSingle: false);
}

/// <summary>
/// How a stream begins: with a snapshot or with <c>added</c> events, and after which event of an earlier connection. A client that
/// reconnects and cannot be sent the difference gets a snapshot either way.
/// </summary>
public readonly record struct StreamStart(bool AsEvents, string? LastEventId);
