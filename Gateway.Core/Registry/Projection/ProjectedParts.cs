using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// What the projection of a service says of single pods beside their instances, so that some of its pods can be projected again without the others.
/// Only where each of its instances is of one pod and no two have one id. Owned by the projector's thread.
/// </summary>
internal sealed class ProjectedParts
{
    private readonly HashSet<ObjectKey> _unversioned = new(0);
    private readonly Dictionary<ObjectKey, int> _heldBack = new(0);

    /// <summary>The projection of some pod depends on something without a version.</summary>
    public bool HasUnversionedInputs => _unversioned.Count > 0;

    /// <summary>The number of endpoints that are held back because their pod is not known.</summary>
    public int HeldBack { get; private set; }

    public void AddUnversioned(ObjectKey pod) => _unversioned.Add(pod);

    public void AddHeldBack(ObjectKey pod)
    {
        _heldBack[pod] = _heldBack.GetValueOrDefault(pod) + 1;
        HeldBack++;
    }

    /// <summary>Takes what a later projection of those pods says.</summary>
    public void Replace(IReadOnlySet<ObjectKey> pods, ProjectedParts later)
    {
        foreach (var pod in pods)
        {
            _unversioned.Remove(pod);
            if (_heldBack.Remove(pod, out var endpoints))
                HeldBack -= endpoints;
        }

        _unversioned.UnionWith(later._unversioned);
        foreach (var (pod, endpoints) in later._heldBack)
        {
            _heldBack[pod] = endpoints;
            HeldBack += endpoints;
        }
    }
}
