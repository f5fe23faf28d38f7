using System.Collections.Immutable;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>A merge patch of one registration; what is null (or not named in <see cref="Metadata"/>) stays as it is.</summary>
public sealed record RegistrationChange
{
    /// <summary>True: OUT_OF_SERVICE; false: UP.</summary>
    public bool? OutOfService { get; init; }

    /// <summary>
    /// The word of the pod's own client in another registry's protocol: what another caller has taken out of service it does not bring back. Set by
    /// facades alone.
    /// </summary>
    public bool IsClientWord { get; init; }

    /// <summary>Why, by the word of the pod's own client: one of <see cref="ClientReasons"/>. Set by facades alone.</summary>
    public string? ClientReason { get; init; }

    /// <summary>Replaces the protocol's alias, with what its facade keeps. Set by facades alone.</summary>
    public ClientAlias? Client { get; init; }

    /// <summary>
    /// Decides the change by the record as the API server has it, in place of the other members: what is added to what others may have changed a moment ago.
    /// It is asked again where the pod changed meanwhile. Set by facades alone.
    /// </summary>
    public Func<RegistrationRecord, Result<RegistrationChange>>? Decide { get; init; }

    public int? Weight { get; init; }

    /// <summary>A null value removes its key.</summary>
    public ImmutableSortedDictionary<string, string?>? Metadata { get; init; }

    /// <summary>The patch said <c>"metadata": null</c>: all of it is removed (before <see cref="Metadata"/> is applied).</summary>
    public bool ClearMetadata { get; init; }
}

/// <summary>
/// A write that the API server has stored. <paramref name="Revision"/> is the registry revision from which on every lookup shows it;
/// <paramref name="IsPending"/>: no snapshot of this replica contained it within five seconds.
/// </summary>
public sealed record RegistrationOutcome(ImmutableArray<RegisteredInstance> Items, string Revision, bool IsPending);

/// <summary>A deregistration that the API server has stored; see <see cref="RegistrationOutcome"/>. The revision is null where the pod no longer exists.</summary>
public sealed record DeregistrationOutcome(string? Revision, bool IsPending)
{
    internal static readonly DeregistrationOutcome GoneAlready = new(null, false);
}

/// <summary>One registration after a write: the instance as lookup shows it, whether it is new, and its state in each mirror (by name).</summary>
public sealed record RegisteredInstance(Instance Instance, bool Created, ImmutableSortedDictionary<string, MirrorState> Mirrors)
{
    /// <summary>What is probably not meant, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary>Everything that a pod's annotations register, readable or not.</summary>
public sealed record PodRegistrations(PodName Pod, string Uid, ImmutableArray<Instance> Items, ImmutableArray<UnreadableRecord> Unreadable)
{
    private static readonly ImmutableSortedDictionary<string, MirrorState> NoMirrors = ImmutableSortedDictionary<string, MirrorState>.Empty;

    /// <summary>By the id of the registration, then by the name of the mirror; those that are in none are left out.</summary>
    public ImmutableDictionary<string, ImmutableSortedDictionary<string, MirrorState>> Mirrors { get; init; } =
        ImmutableDictionary<string, ImmutableSortedDictionary<string, MirrorState>>.Empty;

    public ImmutableSortedDictionary<string, MirrorState> MirrorsOf(Instance one) => Mirrors.GetValueOrDefault(one.Id, NoMirrors);
}
