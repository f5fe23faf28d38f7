using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Results;

namespace Gateway.Core.Registration;

/// <summary>Which names a pod may register under (contract, section 4, names).</summary>
public sealed class NameRule(AccessOptions options, AccessReviewer access, IClusterView cluster)
{
    /// <summary>Under <c>Namespace</c>: the name is that of a Service with a selector that does not select the pod.</summary>
    internal bool IsReserved(Pod pod, string name) =>
        options.Register == RegisterAccess.Namespace && ReservedNames.IsReserved(cluster.FindService(pod.Metadata.Namespace, name), pod);

    /// <summary>Why the pod may not provide all of these names, as the metadata of its application says; null: it may.</summary>
    public async Task<Refusal?> RefusedAsync(TargetPod target, IReadOnlyCollection<string> services, CancellationToken cancellationToken)
    {
        List<SaidName> names = [.. services.Select(static name => new SaidName(name, ""))];
        return (Reserved(target.Known, names) ?? await ForbiddenAsync(target, names, cancellationToken)) is { } refusal ? refusal with { Faults = [] } : null;
    }

    /// <summary>As the other one, for names outside a body.</summary>
    public Refusal? Reserved(Pod pod, IEnumerable<string> names) =>
        Reserved(pod, names.Select(static name => new SaidName(name, ""))) is { } refusal ? refusal with { Faults = [] } : null;

    /// <summary>Why the pod may not have all of these names, as far as Services say it; null: it may.</summary>
    internal Refusal? Reserved(Pod pod, IEnumerable<SaidName> names)
    {
        var reserved = names.Where(name => IsReserved(pod, name.Name)).ToList();
        return reserved.Count == 0
            ? null
            : new Refusal(
                RefusalCodes.NameReserved, $"The name {reserved[0].Name} is that of a Service with a selector, which does not select the pod {pod.Metadata.Key}.")
            {
                Faults = [.. reserved.Select(static name => new Fault(
                    name.Pointer, null, RefusalCodes.NameReserved, "is the name of a Service that does not select the pod"))],
            };
    }

    /// <summary>Under <c>Rbac</c>: why the pod's user may not have all of these names; null: it may.</summary>
    internal async Task<Refusal?> ForbiddenAsync(TargetPod target, IEnumerable<SaidName> names, CancellationToken cancellationToken)
    {
        if (options.Register != RegisterAccess.Rbac)
            return null;
        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var service in names.GroupBy(static name => name.Name, StringComparer.Ordinal))
        {
            var verdict = await access.MayRegisterAsync(target.PodUser, target.Namespace, service.Key, cancellationToken);
            if (verdict.IsRefused(out var trouble))
                return trouble;
            if (!verdict.Value)
            {
                faults.AddRange(service.Select(name => new Fault(
                    name.Pointer, null, RefusalCodes.Forbidden, $"{target.PodUser.Username} may not register as {service.Key}")));
            }
        }

        return faults.Count == 0
            ? null
            : new Refusal(RefusalCodes.Forbidden, $"{target.PodUser.Username} may not create registrations.registry-gateway.io of that name.")
            {
                Faults = faults.ToImmutable(),
            };
    }
}

/// <summary>A name that a call says, and where in its body.</summary>
internal readonly record struct SaidName(string Name, string Pointer)
{
    private const string ApplicationPointer = "/metadata/application";

    /// <summary>The service of each request, the application that its metadata names, and what else its protocol shows it under.</summary>
    public static IEnumerable<SaidName> Of(IEnumerable<RegistrationRequest> requests)
    {
        foreach (var request in requests)
        {
            yield return new(request.Service!, request.Pointer + "/service");
            if (request.Metadata is { } metadata && ReservedNames.ApplicationOf(metadata) is { } application && application != request.Service)
                yield return new(application, request.Pointer + ApplicationPointer);
            foreach (var name in request.AlsoNamed)
                yield return new(name, request.Pointer + "/service");
        }
    }

    /// <summary>The application that the metadata of a change names.</summary>
    public static IEnumerable<SaidName> Of(RegistrationChange change)
    {
        if (change.Metadata?.GetValueOrDefault(ReservedNames.ApplicationMember) is { } name && RegistrationRules.IsName(name))
            yield return new(name, ApplicationPointer);
    }
}
