using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>The contract's names of pick policies.</summary>
public static class PickPolicyNames
{
    /// <summary>In the order of <see cref="PickPolicy"/>.</summary>
    public static readonly ImmutableArray<string> All = ["random", "round-robin", "weighted", "consistent-hash"];

    public static bool TryParse(string? name, out PickPolicy policy)
    {
        var index = name is null ? -1 : All.IndexOf(name);
        policy = (PickPolicy)Math.Max(0, index);
        return index >= 0;
    }
}
