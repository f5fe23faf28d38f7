using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;

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

/// <summary>
/// The outcome of one registration in one mirror: <c>written</c>, or <c>left-out</c> with the reason for people; <paramref name="Cause"/>
/// is one of <see cref="MirrorCauses"/>.
/// </summary>
public sealed record MirrorState(string State, string? Reason, string? Cause)
{
    public static readonly MirrorState Written = new("written", null, null);

    public static MirrorState LeftOut(string cause, string reason) => new("left-out", reason, cause);

    public bool IsWritten => State == Written.State;
}

/// <summary>A registration and the names of all mirrors that show it: its own, its namespace's and the gateway's.</summary>
public readonly record struct MirroredRegistration(RegistrationRecord Record, ImmutableArray<string> Mirrors);

/// <summary>
/// Why a mirror leaves a registration out, as a few fixed words for metrics; <see cref="MirrorState.Reason"/> is the sentence for people.
/// </summary>
public static class MirrorCauses
{
    /// <summary>The pod's own SDK, or another writer, maintains the annotation or the label.</summary>
    public const string Foreign = "foreign";

    /// <summary>The annotations would exceed the limit of what is written.</summary>
    public const string NoRoom = "no-room";

    public const string NoAddress = "no-address";

    /// <summary>The pod is terminating or has finished.</summary>
    public const string Leaving = "leaving";

    public const string OutOfService = "out-of-service";

    /// <summary>The format cannot express it: its protocol, a second port, a second application.</summary>
    public const string Unfit = "unfit";

    /// <summary>The other dubbo-go format is written to this pod.</summary>
    public const string Clash = "clash";

    /// <summary>The cluster refuses the patch.</summary>
    public const string Refused = "refused";

    /// <summary>Other writers change the pod faster than the write can be planned.</summary>
    public const string Contended = "contended";

    /// <summary>The pod could not be decoded completely, so nothing is decided about it.</summary>
    public const string Undecided = "undecided";
}
