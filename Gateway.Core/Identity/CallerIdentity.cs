using System.Net;

namespace Gateway.Core.Identity;

/// <summary>Who is calling: what was proved, nothing that was merely claimed. Immutable; made by <see cref="CallerResolver"/> alone.</summary>
public abstract record CallerIdentity
{
    /// <summary>Whose turn is counted where calls queue: one caller never takes another's.</summary>
    public abstract string FairnessKey { get; }

    /// <summary>
    /// Where the call came from: the connection's address, or what a listed proxy says. For the audit and for limits, no proof of anything;
    /// null: unknown.
    /// </summary>
    public IPAddress? RemoteAddress { get; init; }
}

/// <summary>
/// Nobody was proved. <paramref name="MayActForAnyPod"/> is true only in Development with the emulated cluster (contract, section 4, rule 4).
/// </summary>
public sealed record AnonymousCaller(bool MayActForAnyPod) : CallerIdentity
{
    /// <summary>Who has no identity is told apart by the address alone.</summary>
    public override string FairnessKey => RemoteAddress is null ? "anonymous" : $"address:{AddressPrefix.TextOf(RemoteAddress)}";

    public override string ToString() => "anonymous";
}

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

/// <summary>A user whose token is bound to no pod: may only act for pods that it names.</summary>
public sealed record UserCaller(KubernetesUser User) : CallerIdentity
{
    public override string FairnessKey => $"user:{User.Username}";

    public override string ToString() => $"user {User.Username}";
}

/// <summary>The gateway itself, where it writes without being asked: a lapsed lease, a container's new run.</summary>
public sealed record GatewayCaller : CallerIdentity
{
    public static readonly GatewayCaller Self = new();

    public override string FairnessKey => "gateway";

    public override string ToString() => "gateway";
}

/// <summary>By what a pod was recognised.</summary>
public enum IdentityProof
{
    Token,
    SourceAddress,
}
