using System.Collections.Immutable;

namespace Gateway.Core.Applications;

/// <summary>All that is kept of one application: its MetadataInfo by revision, and the interfaces that were mapped to it. Immutable.</summary>
public sealed record ApplicationFacts
{
    public static readonly ApplicationFacts None = new();

    /// <summary>By revision, ordinal.</summary>
    public ImmutableSortedDictionary<string, ApplicationMetadata> Revisions { get; init; } =
        ImmutableSortedDictionary.Create<string, ApplicationMetadata>(StringComparer.Ordinal);

    public ImmutableSortedSet<string> Interfaces { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The revision that was put last; it stands for instances that name none.</summary>
    public string? Latest { get; init; }

    public bool IsEmpty => Revisions.IsEmpty && Interfaces.IsEmpty;

    /// <summary>Every interface that some revision, or a mapping, names.</summary>
    public IEnumerable<string> AllInterfaces =>
        Interfaces.Union(Revisions.Values.SelectMany(static metadata => metadata.Services).Select(static service => service.Name));

    public ApplicationMetadata? Find(string? revision) =>
        (revision ?? Latest) is { } named ? Revisions.GetValueOrDefault(named) : null;
}
