using System.Collections.Immutable;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Records;

/// <summary>All records in a pod's annotations, over all formats. One unreadable record never hides the others.</summary>
public sealed record PodRecords(
    ImmutableArray<RegistrationRecord> Registrations, ImmutableArray<RegistrationRecord> Overlays, ImmutableArray<UnreadableRecord> Unreadable)
{
    public static readonly PodRecords None = new([], [], []);

    /// <summary>Services that the pod's records name as consumed.</summary>
    public ImmutableArray<DubboConsumer> Consumers { get; init; } = [];

    /// <summary>
    /// The metadata of a Dubbo Java application; null when there is none, or it exports nothing. The projection joins it with Services.
    /// </summary>
    public DubboJavaMetadata? DubboJava { get; init; }

    /// <summary>What the formats hold that this gateway does not read; null: nothing. For explanations alone, never served.</summary>
    public PodRecords? NotRead { get; init; }

    // Made by the first reader; two may make the same one at once. A copy with other records makes its own.
    private RecordIndex Index => field is { } made && made.IsOf(this) ? made : field = new RecordIndex(this);

    /// <summary>The registrations of that service (in the pod's own namespace), in their order.</summary>
    public ReadOnlySpan<RegistrationRecord> OfService(string service) => Index.OfService(service);

    /// <summary>Every service that a registration names, once each.</summary>
    public IEnumerable<string> Services => Index.Services;

    /// <summary>The registration with that id; null: none.</summary>
    public RegistrationRecord? Find(string id) => Index.Find(id);

    /// <summary>The own key that overrides the record with that id; null: none.</summary>
    public RegistrationRecord? OverlayOf(string id) => Overlays.IsEmpty ? null : Index.OverlayOf(id);

    /// <summary>What is not served, because it names a Service that does not select the pod; empty in records as they were read.</summary>
    public ImmutableArray<ReservedRecord> Reserved { get; init; } = [];
}

/// <summary>A pod as folded into a snapshot, with all records in its annotations.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Records">The records as they are served.</param>
public sealed record PodEntry(Pod Pod, PodRecords Records)
{
    /// <summary>The records as they were read, those with reserved names included.</summary>
    public PodRecords AsRead { get; init; } = Records;
}

/// <summary>
/// A record with a name that its pod may not have. <paramref name="IsApplication"/>: only the application that its metadata names is refused, the
/// registration itself is served; else the record is not served at all.
/// </summary>
public sealed record ReservedRecord(RegistrationRecord Record, string Name, bool IsApplication)
{
    public string Effect => EffectOf(IsApplication);

    internal static string EffectOf(bool isApplication) => isApplication ? "it is not listed as an instance of that application" : "it is not listed";
}

/// <summary>A record that could not be read: its annotation key, its id if the key has one, and the reason for people.</summary>
public sealed record UnreadableRecord(InstanceSource Source, string AnnotationKey, string? Id, string Reason);
