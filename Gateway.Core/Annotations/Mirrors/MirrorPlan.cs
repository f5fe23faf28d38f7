using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// The wanted state of one pod for one mirror: the values of its annotation and its label (null: no such key), and the outcome for each
/// registration, by id. Both keys are shared with other writers, so a patch that carries them carries the resourceVersion that was read.
/// </summary>
public sealed record MirrorPlan
{
    public required string Mirror { get; init; }
    public required string AnnotationKey { get; init; }
    public string? AnnotationValue { get; init; }

    /// <summary>Whether the pod's annotation has another value now.</summary>
    public bool ChangesAnnotation { get; init; }

    /// <summary>Null: this mirror has no label.</summary>
    public string? LabelKey { get; init; }
    public string? LabelValue { get; init; }

    /// <summary>Whether the pod's label has another value now.</summary>
    public bool ChangesLabel { get; init; }

    public ImmutableSortedDictionary<string, MirrorState> States { get; init; } = ImmutableSortedDictionary<string, MirrorState>.Empty;

    public bool ChangesAnything => ChangesAnnotation || ChangesLabel;
}
