namespace Gateway.Emulator.Storage;

/// <summary>The key of an object within its kind. <paramref name="Namespace"/> is <c>""</c> for cluster-scoped kinds.</summary>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : Namespace + "/" + Name;
}
