using System.Threading.Channels;

namespace Gateway.Benchmarks.Cluster;

/// <summary>Holds the pods of the prepared cluster and its open watches of pods. Written under its lock by PATCHes and by runs of changes.</summary>
internal sealed class ClusterState
{
    private readonly Lock _gate = new();
    private readonly PodState[] _pods;
    private readonly HashSet<ChannelWriter<PodFrame>> _watchers = [];
    private long _version;

    public ClusterState(ClusterShape shape)
    {
        Shape = shape;
        _version = ClusterShape.FirstVersion + shape.Pods;
        _pods = new PodState[shape.Pods];
        for (var i = 0; i < shape.Pods; i++)
            _pods[i] = new(i, shape.ServiceOf(i), ClusterShape.FirstVersion + i, IsReady: true, null);
    }

    public ClusterShape Shape { get; }

    public PodEncoder Json { get; } = new(WireFormat.Json);

    public PodEncoder Protobuf { get; } = new(WireFormat.Protobuf);

    public PodEncoder EncoderOf(WireFormat format) => format == WireFormat.Json ? Json : Protobuf;

    public PodState? Find(int number)
    {
        lock (_gate)
            return number >= 0 && number < _pods.Length ? _pods[number] : null;
    }

    /// <summary>All pods as of one version.</summary>
    public (PodState[] Pods, long Version) Snapshot()
    {
        lock (_gate)
            return ([.. _pods], _version);
    }

    /// <summary>The pods that changed after this version, in the order of their changes, and every change from now on.</summary>
    public PodState[] Follow(long version, ChannelWriter<PodFrame> watcher)
    {
        lock (_gate)
        {
            _watchers.Add(watcher);
            return version >= _version ? [] : [.. _pods.Where(pod => pod.Version > version).OrderBy(static pod => pod.Version)];
        }
    }

    public void Leave(ChannelWriter<PodFrame> watcher)
    {
        lock (_gate)
            _watchers.Remove(watcher);
    }

    /// <summary>Changes a pod and sends the change to every watch; null: <paramref name="change"/> returned null.</summary>
    public PodState? Change(int number, Func<PodState, PodState?> change)
    {
        lock (_gate)
        {
            if (change(_pods[number]) is not { } changed)
                return null;
            changed = changed with { Version = ++_version };
            _pods[number] = changed;
            var frame = new PodFrame(this, changed);
            foreach (var watcher in _watchers)
                watcher.TryWrite(frame);
            return changed;
        }
    }
}

/// <summary>One change of a pod, encoded once for all watches of a format.</summary>
internal sealed class PodFrame(ClusterState state, PodState pod)
{
    private byte[]? _json;
    private byte[]? _protobuf;

    public byte[] Bytes(WireFormat format) => format == WireFormat.Json
        ? _json ??= state.Json.Frame("MODIFIED", pod)
        : _protobuf ??= state.Protobuf.Frame("MODIFIED", pod);
}
