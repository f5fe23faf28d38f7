using System.Collections.Immutable;
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
        if (services.FirstOrDefault(name => IsReserved(target.Known, name)) is { } reserved)
            return new Refusal(RefusalCodes.NameReserved, $"The name {reserved} is that of a Service with a selector, which does not select the pod {target.Known.Metadata.Key}.");
        return await ForbiddenAsync(target, [.. services.Select(static name => new RegistrationRequest { Service = name })], cancellationToken) is { } refusal
            ? refusal with { Faults = [] }
            : null;
    }

    /// <summary>Under <c>Rbac</c>: why the pod's user may not have all of these names; null: it may.</summary>
    internal async Task<Refusal?> ForbiddenAsync(TargetPod target, IReadOnlyList<RegistrationRequest> requests, CancellationToken cancellationToken)
    {
        if (options.Register != RegisterAccess.Rbac)
            return null;
        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var service in requests.GroupBy(static request => request.Service!, StringComparer.Ordinal))
        {
            var verdict = await access.MayRegisterAsync(target.PodUser, target.Namespace, service.Key, cancellationToken);
            if (verdict.IsRefused(out var trouble))
                return trouble;
            if (!verdict.Value)
            {
                faults.AddRange(service.Select(request => new Fault(
                    request.Pointer + "/service", null, RefusalCodes.Forbidden, $"{target.PodUser.Username} may not register as {service.Key}")));
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
