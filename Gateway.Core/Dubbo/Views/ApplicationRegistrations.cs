using Gateway.Core.Annotations.Records;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Dubbo.Views;

/// <summary>
/// Finds the registrations of an application: those under its name (including a Dubbo Java application by its Service), and those whose
/// metadata names it (<c>application</c>).
/// </summary>
public static class ApplicationRegistrations
{
    private const string RevisionMember = "dubbo.metadata.revision";

    /// <summary>Whether the application has any registration.</summary>
    public static bool Exist(RegistrySnapshot snapshot, ApplicationName application) => Of(snapshot, application).Any();

    public static bool IsRegisteredBy(RegistrySnapshot snapshot, ApplicationName application, string podUid) =>
        Of(snapshot, application).Any(one => one.PodUid == podUid);

    public static NamedRevisions RevisionsOf(RegistrySnapshot snapshot, ApplicationName application) =>
        new([.. Of(snapshot, application).Select(static one => one.Revision ?? "")], [.. Of(snapshot, application).Select(static one => one.PodUid).OfType<string>()]);

    /// <summary>Whether a registration uses the MetadataInfo of that revision; one without a revision uses the latest.</summary>
    public static bool Use(RegistrySnapshot snapshot, ApplicationName application, string revision, string? latest) =>
        Of(snapshot, application).Any(one => (one.Revision ?? latest) == revision);

    private static IEnumerable<(string? PodUid, string? Revision)> Of(RegistrySnapshot snapshot, ApplicationName application)
    {
        var key = new ServiceKey(application.Namespace, application.Name);
        foreach (var instance in snapshot.Find(key).Instances)
        {
            if (instance.Source != InstanceSource.Endpoints)
                yield return (instance.Pod?.Uid, instance.Metadata.GetValueOrDefault(RevisionMember));
        }

        foreach (var (pod, record) in DubboPods.Of(snapshot).RecordsOf(key))
            yield return (pod.Pod.Metadata.Uid, record.Metadata.GetValueOrDefault(RevisionMember));
    }
}

/// <summary>The metadata revisions that an application's registrations name ("" for those that name none), and the pods that registered it.</summary>
public sealed class NamedRevisions(HashSet<string> revisions, HashSet<string> pods)
{
    public IReadOnlySet<string> Pods => pods;

    /// <summary>
    /// Whether a registration refers to this mapping or metadata revision of the application. One without a revision refers to the latest, and to
    /// all that pods of the application said, or of which it is not known who did.
    /// </summary>
    public bool Name(ApplicationFact fact, ApplicationFacts facts)
    {
        if (revisions.Count == 0)
            return false;
        if (fact.IsMapping || revisions.Contains(fact.Name))
            return true;
        return revisions.Contains("") && (facts.Latest == fact.Name || facts.Revisions.GetValueOrDefault(fact.Name)?.Publisher is not { } publisher || pods.Contains(publisher));
    }
}
