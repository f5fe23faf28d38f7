namespace Gateway.Core.Annotations.Mirrors;

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
