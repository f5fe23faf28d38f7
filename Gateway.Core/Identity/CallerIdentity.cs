using System.Net;

namespace Gateway.Core.Identity;

/// <summary>Who is calling: only what was proved, never what was merely claimed. Immutable; made by <see cref="CallerResolver"/> alone.</summary>
public abstract record CallerIdentity
{
    /// <summary>The key by which queues are fair: calls of one caller do not delay those of another.</summary>
    public abstract string FairnessKey { get; }

    /// <summary>
    /// Where the call came from: the connection's address, or what a listed proxy says. For the audit and for limits; it proves nothing;
    /// null: unknown.
    /// </summary>
    public IPAddress? RemoteAddress { get; init; }

    /// <summary>When the token that proved the caller ends, by its own word; null: no token did, or it does not say.</summary>
    public DateTimeOffset? TokenExpires { get; init; }
}

/// <summary>
/// A caller without a proved identity. <paramref name="MayActForAnyPod"/> is true only in Development with the emulated cluster (contract, section 4, rule 4).
/// </summary>
public sealed record AnonymousCaller(bool MayActForAnyPod) : CallerIdentity
{
    /// <summary>Callers without an identity are distinguished by address alone.</summary>
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
    public override string FairnessKey { get; } = $"pod:{Namespace}/{Name}";

    public PodName Pod => new(Namespace, Name);

    public override string ToString() => $"pod {Namespace}/{Name} ({Proof})";
}

/// <summary>A user whose token is bound to no pod: may only act for pods that it names.</summary>
public sealed record UserCaller(KubernetesUser User) : CallerIdentity
{
    public override string FairnessKey { get; } = $"user:{User.Username}";

    public override string ToString() => $"user {User.Username}";
}

/// <summary>The gateway itself, where it writes without a call: to remove a lapsed registration, to confirm a container's restart.</summary>
public sealed record GatewayCaller : CallerIdentity
{
    public static readonly GatewayCaller Self = new();

    public override string FairnessKey => "gateway";

    public override string ToString() => "gateway";
}

/// <summary>How a pod was recognised.</summary>
public enum IdentityProof
{
    Token,
    SourceAddress,
}
