namespace Gateway.Core.Identity;

/// <summary>The gateway itself, where it writes without being asked: a lapsed lease, a container's new run.</summary>
public sealed record GatewayCaller : CallerIdentity
{
    public static readonly GatewayCaller Self = new();

    public override string FairnessKey => "gateway";

    public override string ToString() => "gateway";
}
