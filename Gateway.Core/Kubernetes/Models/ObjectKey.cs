namespace Gateway.Core.Kubernetes.Models;

/// <summary>
/// Namespace ("" for cluster-scoped kinds) and name of an object. A recreated object has the same key and another uid. The key of a decoded pod shares the
/// stem of its name; a text is made only where <see cref="Name"/> is read.
/// </summary>
public readonly struct ObjectKey : IEquatable<ObjectKey>
{
    private readonly string? _namespace;
    private readonly NameParts _name;

    public ObjectKey(string ns, string name)
        : this(ns, new NameParts(name, 0))
    {
    }

    internal ObjectKey(string ns, NameParts name) => (_namespace, _name) = (ns, name);

    public string Namespace => _namespace ?? "";

    public string Name => _name.ToString();

    public static bool operator ==(ObjectKey one, ObjectKey other) => one.Equals(other);

    public static bool operator !=(ObjectKey one, ObjectKey other) => !one.Equals(other);

    public bool Equals(ObjectKey other) => _name.Equals(other._name) && Namespace == other.Namespace;

    public override bool Equals(object? obj) => obj is ObjectKey other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Namespace, _name);

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
