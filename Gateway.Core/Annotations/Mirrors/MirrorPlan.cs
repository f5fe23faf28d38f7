using System.Collections.Immutable;

namespace Gateway.Core.Annotations.Mirrors;

/// <summary>
/// What a mirror asks of one pod: the value its annotation and its label should have (null: no such key), and what became of each
/// registration, by id. Both keys are shared with other writers, so a patch that carries them carries the resourceVersion that was read.
/// </summary>
public sealed record MirrorPlan
{
    public required string Mirror { get; init; }
    public required string AnnotationKey { get; init; }
    public string? AnnotationValue { get; init; }

    /// <summary>Whether the pod's annotation is not so already.</summary>
    public bool ChangesAnnotation { get; init; }

    /// <summary>Null: this mirror has no label.</summary>
    public string? LabelKey { get; init; }
    public string? LabelValue { get; init; }

    /// <summary>Whether the pod's label is not so already.</summary>
    public bool ChangesLabel { get; init; }

    public ImmutableSortedDictionary<string, MirrorState> States { get; init; } = ImmutableSortedDictionary<string, MirrorState>.Empty;

    public bool ChangesAnything => ChangesAnnotation || ChangesLabel;
}
