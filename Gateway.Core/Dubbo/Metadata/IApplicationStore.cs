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

    /// <summary>False: there is no room, for the pod, for its namespace, or at all.</summary>
    /// <param name="owner">The uid of the pod that says it; null: unknown.</param>
    ValueTask<bool> PutAsync(ApplicationName application, ApplicationMetadata metadata, string? owner = null);

    /// <summary>The same for a mapping.</summary>
    ValueTask<bool> PutAsync(ApplicationName application, string @interface, string? owner = null);

    /// <summary>Renews these: a registration names them now.</summary>
    void Name(IReadOnlyCollection<ApplicationFact> facts);

    void Forget(IReadOnlyCollection<ApplicationFact> facts);

    /// <summary>Reads what other replicas received, if there are any; however many ask, at most once in 200 ms.</summary>
    ValueTask RefreshAsync();
}
