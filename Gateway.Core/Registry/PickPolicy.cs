namespace Gateway.Core.Registry;

/// <summary>How one instance is chosen of many.</summary>
public enum PickPolicy
{
    Random,
    RoundRobin,

    /// <summary>By chance in proportion to the weights; a weight of 0 never.</summary>
    Weighted,

    /// <summary>The same key, the same instance, on every replica, as long as it is there.</summary>
    ConsistentHash,
}
