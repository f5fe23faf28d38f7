using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// The order of etcd's keys, and so of the pages of a list: that of the text <c>namespace/name</c>, in which a namespace's hyphen comes before the
/// slash. Names are ASCII.
/// </summary>
internal sealed class KeyOrder : IComparer<ObjectKey>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(ObjectKey x, ObjectKey y)
    {
        if (x.Namespace == y.Namespace)
            return string.CompareOrdinal(x.Name, y.Name);
        var (one, other) = (x.Namespace, y.Namespace);
        var common = Math.Min(one.Length, other.Length);
        var order = string.CompareOrdinal(one, 0, other, 0, common);
        if (order != 0)
            return order;
        return one.Length > common ? one[common] - '/' : '/' - other[common];
    }
}
