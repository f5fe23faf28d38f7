namespace Gateway.Core.Kubernetes.Models;

/// <summary>Namespace ("" for cluster-scoped kinds) and name of an object. A recreated object has the same key and another uid.</summary>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
