using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// One kind in one scope: its store, and whether it is being watched. Its Reflector is the only writer of both; the cluster cache and the
/// projector read.
/// </summary>
public sealed class Informer<T>(string ns, ObjectStore<T> store)
    where T : class, IKubernetesObject
{
    private volatile bool _isLost;
    private volatile bool _isDoubted;
    private volatile bool _isRefused;

    /// <summary>"" is the whole cluster.</summary>
    public string Namespace { get; } = ns;

    public ObjectStore<T> Store { get; } = store;

    public bool HasSynced => Store.HasSynced;

    /// <summary>An attempt to list, to watch or to probe failed, and the store has not been proved to have caught up since.</summary>
    public bool IsLost => _isLost;

    /// <summary>
    /// Another kind got no answer from the API server, and this one's watch has not been proved to have survived that: it may be half-open.
    /// </summary>
    public bool IsDoubted => _isDoubted;

    /// <summary>The gateway has no right to this optional kind and works without it.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Called when <see cref="IsLost"/>, <see cref="IsDoubted"/> or <see cref="IsRefused"/> changed. It must not block.</summary>
    public Action? ConditionChanged { get; set; }

    public void ReportLost(bool lost)
    {
        if (_isLost == lost)
            return;
        _isLost = lost;
        ConditionChanged?.Invoke();
    }

    public void ReportDoubted(bool doubted)
    {
        if (_isDoubted == doubted)
            return;
        _isDoubted = doubted;
        ConditionChanged?.Invoke();
    }

    public void ReportRefused(bool refused)
    {
        if (_isRefused == refused)
            return;
        _isRefused = refused;
        ConditionChanged?.Invoke();
    }
}
