namespace Gateway.Core.Identity;

/// <summary>A user whose token is bound to no pod: may only act for pods that it names.</summary>
public sealed record UserCaller(KubernetesUser User) : CallerIdentity
{
    public override string FairnessKey => $"user:{User.Username}";

    public override string ToString() => $"user {User.Username}";
}
