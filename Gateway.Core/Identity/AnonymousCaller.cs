namespace Gateway.Core.Identity;

/// <summary>
/// Nobody was proved. <paramref name="MayActForAnyPod"/> is true only in Development with the emulated cluster (contract, section 4, rule 4).
/// </summary>
public sealed record AnonymousCaller(bool MayActForAnyPod) : CallerIdentity
{
    public override string FairnessKey => "anonymous";

    public override string ToString() => "anonymous";
}
