namespace Gateway.Core.Registry;

/// <summary>The kinds that decide what a lookup shows; a revision has one part for each (and for each watched namespace).</summary>
public enum WatchedKind
{
    Nodes,
    Pods,
    Services,
    Slices,
}
