using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Results;

namespace Gateway.Core.Identity;

/// <summary>
/// Recognises a caller by its address: the one running pod with a network of its own that has it (contract, section 4, rule 2). From the
/// cache, so a write is confirmed by a live GET afterwards.
/// </summary>
public sealed class SourceAddressIdentifier(ClientAddressReader addresses, IClusterView cluster)
{
    private static readonly AnonymousCaller Unrecognised = new(false);

    public Result<CallerIdentity> Identify(in CallerEvidence evidence)
    {
        var client = addresses.Read(evidence);
        if (client.Refusal is { } refusal)
            return refusal;
        if (client.Address is not { } address)
            return Unrecognised;

        Pod? found = null;
        foreach (var pod in cluster.PodsByAddress(address))
        {
            if (pod.HostNetwork || pod.Phase != PodPhase.Running || pod.Unreadable)
                continue;
            if (found is not null)
                return new Refusal(RefusalCodes.AmbiguousAddress, $"More than one running pod has the address {address}; call with a token.");
            found = pod;
        }

        return found is null
            ? Unrecognised
            : new PodCaller(found.Metadata.Namespace, found.Metadata.Name, found.Metadata.Uid, IdentityProof.SourceAddress, null, address);
    }
}
