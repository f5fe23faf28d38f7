namespace Gateway.Core.Annotations.Mirrors;

/// <summary>Why a mirror does not show a registration, as a few fixed words for metrics; the sentence for people stands beside it.</summary>
public static class MirrorCauses
{
    /// <summary>The pod's own SDK, or somebody else, keeps the annotation or the label.</summary>
    public const string Foreign = "foreign";

    /// <summary>The annotations would grow past what is written.</summary>
    public const string NoRoom = "no-room";

    public const string NoAddress = "no-address";

    /// <summary>The pod is terminating or has finished.</summary>
    public const string Leaving = "leaving";

    public const string OutOfService = "out-of-service";

    /// <summary>The format cannot say it: its protocol, a second port, a second application.</summary>
    public const string Unfit = "unfit";

    /// <summary>The other dubbo-go format is written to this pod.</summary>
    public const string Clash = "clash";

    /// <summary>The cluster refuses the patch.</summary>
    public const string Refused = "refused";

    /// <summary>Other writers change the pod faster than it can be planned for.</summary>
    public const string Contended = "contended";

    /// <summary>The pod could not be decoded whole, so nothing is decided about it.</summary>
    public const string Undecided = "undecided";
}
