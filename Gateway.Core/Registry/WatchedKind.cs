namespace Gateway.Core.Registry;

/// <summary>The kinds that determine lookups; a revision has one part for each (and for each watched namespace).</summary>
public enum WatchedKind
{
    Nodes,
    Pods,
    Services,
    Slices,
}
