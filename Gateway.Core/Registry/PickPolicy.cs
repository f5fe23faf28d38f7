namespace Gateway.Core.Registry;

/// <summary>How one of several instances is chosen.</summary>
public enum PickPolicy
{
    Random,
    RoundRobin,

    /// <summary>Random, in proportion to the weights; a weight of 0 is never chosen.</summary>
    Weighted,

    /// <summary>The same key gives the same instance on every replica, as long as that instance exists.</summary>
    ConsistentHash,
}
