using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Emulator.Controllers;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Playing;

/// <summary>
/// Plays scheduler and kubelet: gives pods without a status a node, an address and running containers, and removes terminating pods
/// when their grace period is over. Called by its loop alone.
/// </summary>
internal sealed class PodLifecycle : IControlled, IDisposable
{
    private const string Scheduler = "kube-scheduler";
    private const string Kubelet = "kubelet";

    private readonly ObjectStorage _storage;
    private readonly ObjectWriter _writer;
    private readonly TimeProvider _time;
    private readonly NodePool _pool;
    private readonly KeyQueue _untouched = new();

    /// <summary>Pods that no node accepted, or that are bound to a node that does not exist: retried with every change of a node.</summary>
    private readonly HashSet<ObjectKey> _waiting = [];

    private readonly PriorityQueue<(ObjectKey Key, string Uid), DateTimeOffset> _terminating = new();
    private readonly ITimer _timer;

    public PodLifecycle(ObjectStorage storage, ObjectWriter writer, TimeProvider time, bool isDualStack)
    {
        _storage = storage;
        _writer = writer;
        _time = time;
        _pool = new NodePool(isDualStack);
        _timer = time.CreateTimer(_ => TimePassed?.Invoke(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised when a grace period may be over: there is work although nothing was stored.</summary>
    public event Action? TimePassed;

    // Nodes first, so that existing pods can be scheduled when they are recorded.
    public IReadOnlyList<ResourceKind> Kinds { get; } = [ResourceKinds.Nodes, ResourceKinds.Pods];

    public void Reset()
    {
        _pool.Clear();
        _untouched.Clear();
        _waiting.Clear();
        _terminating.Clear();
    }

    public void Record(ChangeType type, StoredObject current)
    {
        var content = type == ChangeType.Deleted ? null : current.Content;
        if (current.Kind == ResourceKinds.Nodes)
        {
            if (_pool.SetNode(current.Name, content))
            {
                _untouched.AddRange(_waiting);
                _waiting.Clear();
            }

            return;
        }

        _pool.SetPod(current.Key, content);
        if (content is null)
        {
            _waiting.Remove(current.Key);
        }
        else if (DateTimeOffset.TryParse(content.Object("metadata").Text("deletionTimestamp"), CultureInfo.InvariantCulture, out var due))
        {
            _terminating.Enqueue((current.Key, current.Uid), due);
        }
        else if (PodStatus.IsUntouched(content) && (!_waiting.Contains(current.Key) || content.Object("spec").Text("nodeName") is { Length: > 0 }))
        {
            _untouched.Add(current.Key);
        }
    }

    public bool WorkOnce()
    {
        if (_untouched.TryTake(out var key))
        {
            Begin(key);
            return true;
        }

        if (!_terminating.TryPeek(out var pod, out var due))
        {
            return false;
        }

        var left = due - _time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            // A timer takes at most 49 days; waking too early is harmless.
            _timer.Change(left < TimeSpan.FromDays(1) ? left : TimeSpan.FromDays(1), Timeout.InfiniteTimeSpan);
            return false;
        }

        _terminating.Dequeue();
        Remove(pod.Key, pod.Uid);
        return true;
    }

    public void Dispose() => _timer.Dispose();

    private void Begin(ObjectKey key)
    {
        if (_storage.Get(ResourceKinds.Pods, key)?.Content is not { } pod || !PodStatus.IsUntouched(pod))
        {
            return;
        }

        var spec = pod.Object("spec");
        if (spec.Items("schedulingGates").Any() || spec.Text("schedulerName") is not (null or "default-scheduler"))
        {
            return;
        }

        var isBound = spec.Text("nodeName") is { Length: > 0 };
        var node = isBound ? _pool.Find(spec.Text("nodeName")!) : _pool.Choose(pod);
        if (node is null)
        {
            _waiting.Add(key);
            if (!isBound)
            {
                Change(key, pod => PodStatus.Unschedulable(pod, "no nodes available to schedule pods", _writer.Now), Scheduler);
            }

            return;
        }

        if (!isBound && Change(key, pod => PodStatus.Bind(pod, node.Name, _writer.Now), Scheduler) is null)
        {
            return;
        }

        Change(key, pod => PodStatus.Create(pod, node.HostIp, _writer.Now), Kubelet);
        var addresses = _pool.TakeAddresses(node, pod);
        if (addresses.Count > 0)
        {
            Change(key, pod => PodStatus.Run(pod, node.HostIp, addresses, _writer.Now), Kubelet);
        }
    }

    private void Remove(ObjectKey key, string uid)
    {
        // The name may belong to a newer pod by now.
        if (_storage.Get(ResourceKinds.Pods, key) is { } pod && pod.Uid == uid)
        {
            _writer.Remove(ResourceKinds.Pods, key.Namespace, key.Name);
        }
    }

    private StoredObject? Change(ObjectKey key, Action<JsonObject> change, string manager) =>
        _writer.Change(ResourceKinds.Pods, key.Namespace, key.Name, change, subresource: "status", manager: manager);
}
