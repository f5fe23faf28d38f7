namespace Gateway.Emulator.Storage;

/// <summary>
/// One kind of object that the API serves, as discovery names it. Kinds are compared by reference; <see cref="ResourceKinds"/> lists all.
/// </summary>
public sealed class ResourceKind
{
    public required string Group { get; init; }
    public required string Version { get; init; }
    public required string Kind { get; init; }
    public required string Plural { get; init; }
    public required bool Namespaced { get; init; }
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Has the subresource <c>status</c>; the main resource then does not write <c>.status</c>.</summary>
    public bool HasStatus { get; init; }

    /// <summary>The server maintains <c>metadata.generation</c>.</summary>
    public bool HasGeneration { get; init; }

    public string StorageVersionHash { get; init; } = "";

    public string Singular => Kind.ToLowerInvariant();

    /// <summary><c>v1</c> or <c>discovery.k8s.io/v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : Group + "/" + Version;

    /// <summary>As error messages name it: <c>pods</c> or <c>leases.coordination.k8s.io</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : Plural + "." + Group;

    /// <summary>As validation messages name it: <c>Pod</c> or <c>Lease.coordination.k8s.io</c>.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : Kind + "." + Group;

    /// <summary>The first bytes of every stored object of this kind; a list item is the same bytes without them.</summary>
    internal ReadOnlyMemory<byte> TypePrefix => _typePrefix ??=
        System.Text.Encoding.UTF8.GetBytes($"{{\"kind\":\"{Kind}\",\"apiVersion\":\"{ApiVersion}\",");

    private byte[]? _typePrefix;

    public override string ToString() => QualifiedPlural;
}
