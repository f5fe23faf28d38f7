namespace Gateway.Core.Registry.Instances;

/// <summary>What consumers look up: a free-form, case-sensitive name in the namespace of its pods.</summary>
public readonly record struct ServiceKey(string Namespace, string Name) : IComparable<ServiceKey>
{
    /// <summary>By namespace, then name (ordinal): the order of lists.</summary>
    public int CompareTo(ServiceKey other)
    {
        var byNamespace = string.CompareOrdinal(Namespace, other.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() => $"{Namespace}/{Name}";
}
