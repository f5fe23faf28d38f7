using System.Collections.Immutable;

namespace Gateway.Core.Dubbo.Metadata;

/// <summary>
/// The metadata that applications store beside their registrations. Written by calls of proved pods and, where replicas share it, with what other
/// replicas received; read by the projector and by calls; <c>DubboMetadataExpiry</c> removes what no registration names any more.
/// </summary>
public interface IApplicationStore
{
    /// <summary>Raised with the applications of which something changed, on any thread; handlers only signal.</summary>
    event Action<IReadOnlyCollection<ApplicationName>>? Changed;

    /// <summary>Everything that is kept, with the time when it was last stored or named by a registration.</summary>
    IReadOnlyCollection<(ApplicationFact Fact, DateTimeOffset NamedAt)> All { get; }

    ApplicationFacts Find(ApplicationName application);

    /// <summary>The applications of a namespace that provide that interface, by a mapping or by their MetadataInfo; in order.</summary>
    ImmutableSortedSet<string> ApplicationsOf(string ns, string @interface);

    /// <param name="application">Whose it is.</param>
    /// <param name="metadata">Becomes the latest of the application.</param>
    /// <param name="owner">The uid of the pod that says it; null: unknown.</param>
    /// <param name="isInUse">A registration names the revision: other content for it is refused.</param>
    ValueTask<PutResult> PutAsync(ApplicationName application, ApplicationMetadata metadata, string? owner = null, bool isInUse = false);

    /// <summary>A mapping; false: there is no room, for the pod, for its namespace, or at all.</summary>
    ValueTask<bool> PutAsync(ApplicationName application, string @interface, string? owner = null);

    /// <summary>Renews these: a registration names them now.</summary>
    void Name(IReadOnlyCollection<ApplicationFact> facts);

    void Forget(IReadOnlyCollection<ApplicationFact> facts);

    /// <summary>
    /// The latest revision becomes the one that one of these pods said last; where they said none, it stays.
    /// </summary>
    /// <param name="application">Whose it is.</param>
    /// <param name="pods">The uids of the pods that have registered the application.</param>
    void Settle(ApplicationName application, IReadOnlySet<string> pods);

    /// <summary>Reads what other replicas received, if there are any; however many ask, at most once in 200 ms.</summary>
    ValueTask RefreshAsync();
}

/// <summary>The result of storing a MetadataInfo.</summary>
public enum PutResult
{
    Stored,

    /// <summary>There is no room, for the pod, for its namespace, or at all.</summary>
    Full,

    /// <summary>The revision is in use with other content.</summary>
    Differs,
}
