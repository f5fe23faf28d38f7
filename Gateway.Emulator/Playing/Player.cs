using System.Net;
using System.Text.Json.Nodes;
using Gateway.Emulator.Controllers;
using Gateway.Emulator.Storage;
using Gateway.Emulator.Writing;

namespace Gateway.Emulator.Playing;

/// <summary>
/// Writes what scheduler and kubelet write: automatically for pods without a status (where that is switched on), and on a test's request
/// whatever should happen to a pod. Its state is the stored pods; the cluster starts its loop once.
/// </summary>
public sealed class Player : IAsyncDisposable
{
    private const string Kubelet = "kubelet";

    private readonly ObjectStorage _storage;
    private readonly ObjectWriter _writer;
    private PodLifecycle? _lifecycle;
    private ControlLoop? _loop;

    internal Player(ObjectStorage storage, ObjectWriter writer)
    {
        _storage = storage;
        _writer = writer;
    }

    /// <summary>Binds a pod to a node; all its containers run and are ready, at these addresses.</summary>
    /// <exception cref="KeyNotFoundException">The pod does not exist.</exception>
    public StoredObject Run(string ns, string pod, string node, params IReadOnlyList<IPAddress> addresses) => Run(ns, pod, node, null, addresses);

    internal StoredObject Run(string ns, string pod, string node, string? hostIp, params IReadOnlyList<IPAddress> addresses) => Change(ns, pod, content =>
    {
        PodStatus.Bind(content, node, _writer.Now);
        PodStatus.Run(content, hostIp, addresses, _writer.Now);
    });

    /// <summary>
    /// A container (or native sidecar) has terminated and runs again: restartCount is one higher, and the old run is lastState.
    /// </summary>
    /// <param name="ns">The pod's namespace.</param>
    /// <param name="pod">The pod's name.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="startedAt">When the new run began; null means now.</param>
    /// <exception cref="KeyNotFoundException">The pod does not exist, or has no status of such a container.</exception>
    public StoredObject RestartContainer(string ns, string pod, string container, DateTimeOffset? startedAt = null) => Change(ns, pod, content =>
    {
        var status = PodStatus.Status(content);
        var found = status.Items("containerStatuses").Concat(status.Items("initContainerStatuses")).FirstOrDefault(item => item.Text("name") == container)
            ?? throw new KeyNotFoundException($"Pod {ns}/{pod} has no status of a container {container}.");
        ContainerStatus.Restart(found, _writer.Now, startedAt is { } time ? ObjectWriter.Format(time) : _writer.Now);
    });

    /// <summary>The readiness probes of all containers succeed, or fail.</summary>
    /// <exception cref="KeyNotFoundException">The pod does not exist.</exception>
    public StoredObject SetReady(string ns, string pod, bool isReady) => Change(ns, pod, content => PodStatus.SetReady(content, isReady, _writer.Now));

    /// <summary>All containers have terminated, at least one with an error, and none is restarted.</summary>
    /// <exception cref="KeyNotFoundException">The pod does not exist.</exception>
    public StoredObject Fail(string ns, string pod) => Change(ns, pod, content => PodStatus.Finish(content, hasSucceeded: false, _writer.Now));

    /// <summary>All containers have terminated successfully and none is restarted.</summary>
    /// <exception cref="KeyNotFoundException">The pod does not exist.</exception>
    public StoredObject Succeed(string ns, string pod) => Change(ns, pod, content => PodStatus.Finish(content, hasSucceeded: true, _writer.Now));

    /// <summary>Completes when everything that was stored before has been processed; at once where the loop was not started.</summary>
    public Task SettleAsync(CancellationToken cancellationToken = default) => _loop?.SettleAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>From now on runs pods without a status, and removes terminating pods when their grace period is over.</summary>
    internal void Start(TimeProvider time, bool isDualStack)
    {
        _lifecycle = new PodLifecycle(_storage, _writer, time, isDualStack);
        _loop = new ControlLoop(_storage, _lifecycle);
        _lifecycle.TimePassed += _loop.Wake;
        _loop.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_loop is not null)
        {
            await _loop.DisposeAsync();
        }

        _lifecycle?.Dispose();
    }

    private StoredObject Change(string ns, string pod, Action<JsonObject> change) =>
        _writer.Change(ResourceKinds.Pods, ns, pod, change, subresource: "status", manager: Kubelet)
        ?? throw new KeyNotFoundException($"There is no pod {ns}/{pod}.");
}
