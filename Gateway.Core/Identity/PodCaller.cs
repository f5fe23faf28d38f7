using System.Net;

namespace Gateway.Core.Identity;

/// <summary>
/// A pod. <paramref name="User"/> is who its token names, null for one known by its address; <paramref name="Address"/> is the address it
/// was known by, null for one known by its token.
/// </summary>
public sealed record PodCaller(string Namespace, string Name, string Uid, IdentityProof Proof, KubernetesUser? User, IPAddress? Address)
    : CallerIdentity
{
    public override string FairnessKey => $"pod:{Namespace}/{Name}";

    public PodName Pod => new(Namespace, Name);

    public override string ToString() => $"pod {Namespace}/{Name} ({Proof})";
}
