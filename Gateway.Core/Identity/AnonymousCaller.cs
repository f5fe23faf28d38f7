namespace Gateway.Core.Identity;

/// <summary>
/// Nobody was proved. <paramref name="MayActForAnyPod"/> is true only in Development with the emulated cluster (contract, section 4, rule 4).
/// </summary>
public sealed record AnonymousCaller(bool MayActForAnyPod) : CallerIdentity
{
    /// <summary>Who has no identity is told apart by the address alone.</summary>
    public override string FairnessKey => RemoteAddress is null ? "anonymous" : $"address:{AddressPrefix.TextOf(RemoteAddress)}";

    public override string ToString() => "anonymous";
}
