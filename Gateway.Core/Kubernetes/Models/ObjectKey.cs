namespace Gateway.Core.Kubernetes.Models;

/// <summary>Where an object lives: namespace ("" for cluster-scoped kinds) and name. A recreated object has the same key and another uid.</summary>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
