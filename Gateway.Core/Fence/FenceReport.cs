namespace Gateway.Core.Fence;

/// <summary>The self-check as it last came out: whether the account has its rights, and whether a write would pass admission.</summary>
public sealed record FenceReport(FenceFinding Rights, FenceFinding Write)
{
    public static readonly FenceReport Off = new(new FenceFinding(FenceStates.Off), new FenceFinding(FenceStates.Off));
}
