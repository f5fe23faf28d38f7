namespace Gateway.Emulator.Storage;

/// <summary>Every kind that the emulated API server stores.</summary>
public static class ResourceKinds
{
    private const string Rbac = "rbac.authorization.k8s.io";

    public static ResourceKind Namespaces { get; } = new()
    {
        Group = "", Version = "v1", Kind = "Namespace", Plural = "namespaces", Namespaced = false,
        ShortNames = ["ns"], HasStatus = true, StorageVersionHash = "Q3oi5N2YM8M=",
    };

    public static ResourceKind Nodes { get; } = new()
    {
        Group = "", Version = "v1", Kind = "Node", Plural = "nodes", Namespaced = false,
        ShortNames = ["no"], HasStatus = true, StorageVersionHash = "XwShjMxG9Fs=",
    };

    public static ResourceKind Pods { get; } = new()
    {
        Group = "", Version = "v1", Kind = "Pod", Plural = "pods", Namespaced = true, ShortNames = ["po"], Categories = ["all"],
        HasStatus = true, HasGeneration = true, StorageVersionHash = "xPOwRZ+Yhw8=",
    };

    public static ResourceKind Services { get; } = new()
    {
        Group = "", Version = "v1", Kind = "Service", Plural = "services", Namespaced = true, ShortNames = ["svc"], Categories = ["all"],
        HasStatus = true, StorageVersionHash = "0/CO1lhkEBI=",
    };

    public static ResourceKind Endpoints { get; } = new()
    {
        Group = "", Version = "v1", Kind = "Endpoints", Plural = "endpoints", Namespaced = true, ShortNames = ["ep"],
        StorageVersionHash = "fWeeMqaN/OA=",
    };

    public static ResourceKind ServiceAccounts { get; } = new()
    {
        Group = "", Version = "v1", Kind = "ServiceAccount", Plural = "serviceaccounts", Namespaced = true, ShortNames = ["sa"],
        StorageVersionHash = "pbx9ZvyFpBE=",
    };

    public static ResourceKind EndpointSlices { get; } = new()
    {
        Group = "discovery.k8s.io", Version = "v1", Kind = "EndpointSlice", Plural = "endpointslices", Namespaced = true,
        HasGeneration = true, StorageVersionHash = "qgS0xkrxYAI=",
    };

    public static ResourceKind Leases { get; } = new()
    {
        Group = "coordination.k8s.io", Version = "v1", Kind = "Lease", Plural = "leases", Namespaced = true,
        StorageVersionHash = "gqkMMb/YqFM=",
    };

    public static ResourceKind Events { get; } = new()
    {
        Group = "events.k8s.io", Version = "v1", Kind = "Event", Plural = "events", Namespaced = true, ShortNames = ["ev"],
        StorageVersionHash = "r2yiGXH7wu8=",
    };

    public static ResourceKind Roles { get; } = new()
    {
        Group = Rbac, Version = "v1", Kind = "Role", Plural = "roles", Namespaced = true, StorageVersionHash = "7FuwZcIIItM=",
    };

    public static ResourceKind RoleBindings { get; } = new()
    {
        Group = Rbac, Version = "v1", Kind = "RoleBinding", Plural = "rolebindings", Namespaced = true, StorageVersionHash = "eGsCzGH6b1g=",
    };

    public static ResourceKind ClusterRoles { get; } = new()
    {
        Group = Rbac, Version = "v1", Kind = "ClusterRole", Plural = "clusterroles", Namespaced = false, StorageVersionHash = "bYE5ZWDrJ44=",
    };

    public static ResourceKind ClusterRoleBindings { get; } = new()
    {
        Group = Rbac, Version = "v1", Kind = "ClusterRoleBinding", Plural = "clusterrolebindings", Namespaced = false,
        StorageVersionHash = "48tpQ8gZHFc=",
    };

    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        Namespaces, Nodes, Pods, Services, Endpoints, ServiceAccounts, EndpointSlices, Leases, Events,
        Roles, RoleBindings, ClusterRoles, ClusterRoleBindings,
    ];

    public static ResourceKind? Find(string group, string version, string plural) =>
        All.FirstOrDefault(kind => kind.Plural == plural && kind.Group == group && kind.Version == version);
}
