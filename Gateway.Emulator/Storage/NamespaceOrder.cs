namespace Gateway.Emulator.Storage;

/// <summary>Orders namespaces as etcd orders the keys <c>namespace/name</c>: <c>-</c> sorts before the slash, letters after it.</summary>
internal sealed class NamespaceOrder : IComparer<string>
{
    public static readonly NamespaceOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var length = Math.Min(x!.Length, y!.Length);
        var common = string.CompareOrdinal(x, 0, y, 0, length);
        if (common != 0 || x.Length == y.Length)
            return common;
        return x.Length > length ? x[length] - '/' : '/' - y[length];
    }
}
