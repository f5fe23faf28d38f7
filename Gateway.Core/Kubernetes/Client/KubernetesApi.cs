using System.Net;
using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;
using k8s.Models;

namespace Gateway.Core.Kubernetes.Client;

/// <summary>
/// HTTP client of the API server; nothing is cached. Every failure is a <see cref="KubernetesApiException"/>; a call that its caller
/// cancelled throws <see cref="OperationCanceledException"/>.
/// </summary>
public sealed partial class KubernetesApi : IPodApi, IReviewApi, IDisposable
{
    // The API server times out every request except a watch after 60 s.
    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ListSilence = TimeSpan.FromSeconds(60);

    // etcd stores objects of up to 1.5 MiB; their JSON may be a few times longer.
    private const int MaxObjectBytes = 16 * 1024 * 1024;

    private readonly ClusterClients _clients;
    private readonly TimeProvider _time;
    private readonly StringPool _pool = new();
    private readonly Func<string, bool>? _keepAnnotation;

    // Any call may write false.
    private volatile bool _offersProtobuf;

    /// <param name="keepPodAnnotation">Which annotations of pods are kept; null keeps all.</param>
    public KubernetesApi(ClusterConnection connection, KubernetesOptions options, GatewayMetrics metrics, TimeProvider? time = null,
        Func<string, bool>? keepPodAnnotation = null)
    {
        _time = time ?? TimeProvider.System;
        _keepAnnotation = keepPodAnnotation;
        _offersProtobuf = options.Protobuf;
        _clients = new(connection, options.InstanceName, _time, metrics);
    }

    /// <summary>A list or one page of it, decoded item by item while it is received.</summary>
    /// <param name="share">Called with each object as it is decoded; the list holds what it returns: an equal one that is kept already, or the object.</param>
    public async Task<KubernetesList<T>> ListAsync<T>(ResourceType<T> type, ListRequest request, CancellationToken cancellationToken, Func<T, T>? share = null)
        where T : class, IKubernetesObject
    {
        using var answer = await OpenAsync(protobuf => new ApiCall(HttpMethod.Get, "list", type.Plural, new QueryText(type.Path(request.Namespace))
            .Add("labelSelector", request.LabelSelector)
            .Add("fieldSelector", request.FieldSelector)
            .Add("resourceVersion", request.ResourceVersion)
            .Add("limit", request.Limit)
            .Add("continue", request.Continue)
            .ToString())
        {
            Accept = type.Accept(list: true, protobuf),
        }, ListLimit, cancellationToken);
        using var silence = new CancellationTokenSource(ListSilence, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            using var body = await answer.OpenAsync(cancellationToken, both.Token);
            return await ListDecoder.ReadAsync(answer.Format, body, MaxObjectBytes, type, NewContext(type), () => silence.CancelAfter(ListSilence), both.Token, share);
        }
        catch (Exception failure) when (answer.FailureOf(failure, cancellationToken) is { } known)
        {
            throw known;
        }
    }

    /// <summary>
    /// The current resourceVersion of this kind, from a list that matches no object. "0" reads the API server's watch cache, "" reads etcd.
    /// </summary>
    /// <param name="limit">How long the answer may take.</param>
    public async Task<ulong> ProbeVersionAsync<T>(
        ResourceType<T> type, string ns, string resourceVersion, TimeSpan limit, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        using var deadline = new CancellationTokenSource(limit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var request = new ListRequest { Namespace = ns, ResourceVersion = resourceVersion, FieldSelector = "metadata.name=none" };
            return (await ListAsync(type, request, both.Token)).Version;
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KubernetesApiException(0, null, message: $"A probe of {type} was not answered in time.", innerException: failure);
        }
    }

    /// <summary>Opens a watch; it is open when this returns. The API server sends the headers before it reads any object.</summary>
    public async Task<WatchStream<T>> OpenWatchAsync<T>(ResourceType<T> type, WatchRequest request, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        var answer = await OpenAsync(protobuf => new ApiCall(HttpMethod.Get, "watch", type.Plural, new QueryText(type.Path(request.Namespace))
            .Add("watch", "1")
            .Add("labelSelector", request.LabelSelector)
            .Add("resourceVersion", request.ResourceVersion)
            .Add("allowWatchBookmarks", "true")
            .Add("sendInitialEvents", request.SendInitialEvents ? "true" : null)
            .Add("resourceVersionMatch", request.SendInitialEvents ? "NotOlderThan" : null)
            .Add("timeoutSeconds", (long)request.Timeout.TotalSeconds)
            .ToString())
        {
            Accept = type.Accept(list: false, protobuf),
        }, request.Opening, cancellationToken);
        return new(answer, type, NewContext(type), MaxObjectBytes, _time);
    }

    /// <summary>
    /// A consistent read, never from the API server's watch cache; null when there is no such object. Namespace "" is for cluster-scoped kinds.
    /// Text that is not a legal name (a targetRef may hold any text) is answered with null without a request.
    /// </summary>
    public async Task<T?> GetAsync<T>(ResourceType<T> type, string ns, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesObject
    {
        if (!type.CanName(ns, name))
            return null;
        try
        {
            return await ActAsync(
                protobuf => new ApiCall(HttpMethod.Get, "get", type.Plural, type.Path(ns, name)) { Accept = type.Accept(list: false, protobuf) }, type, cancellationToken);
        }
        catch (KubernetesApiException failure) when (failure.IsNotFound)
        {
            return null;
        }
    }

    public Task<Pod?> GetPodAsync(string ns, string name, CancellationToken cancellationToken) =>
        GetAsync(ResourceTypes.Pods, ns, name, cancellationToken);

    public Task<Pod> PatchPodAsync(string ns, string name, ReadOnlyMemory<byte> mergePatch, bool dryRun, CancellationToken cancellationToken)
    {
        var path = new QueryText(ResourceTypes.Pods.Path(ns, name)).Add("fieldManager", FieldManager).Add("dryRun", dryRun ? "All" : null);
        return ActAsync(protobuf => new ApiCall(HttpMethod.Patch, "patch", ResourceTypes.Pods.Plural, path.ToString())
        {
            Patch = new V1Patch(mergePatch, V1Patch.PatchType.MergePatch),
            IsWrite = !dryRun,
            Accept = ResourceTypes.Pods.Accept(list: false, protobuf),
        }, ResourceTypes.Pods, cancellationToken);
    }

    public void Dispose() => _clients.Dispose();

    // Every API server speaks JSON, and is offered it; a proxy that refuses the media type itself is asked for JSON from then on.
    private async Task<T> OfferAsync<T>(Func<bool, Task<T>> call)
    {
        var protobuf = _offersProtobuf;
        try
        {
            return await call(protobuf);
        }
        catch (KubernetesApiException failure) when (protobuf && failure.StatusCode == (int)HttpStatusCode.NotAcceptable)
        {
            _offersProtobuf = false;
            return await call(false);
        }
    }

    private Task<ApiAnswer> OpenAsync(Func<bool, ApiCall> call, TimeSpan limit, CancellationToken cancellationToken) =>
        OfferAsync(protobuf => _clients.OpenAsync(call(protobuf), limit, cancellationToken));

    // Sends the call and decodes one object; the time limit covers both.
    private Task<T> ActAsync<T>(Func<bool, ApiCall> call, ResourceType<T> type, CancellationToken cancellationToken)
        where T : class, IKubernetesObject => OfferAsync(async protobuf =>
        {
            var sent = call(protobuf);
            var decoded = await _clients.ActAsync(sent, MaxObjectBytes, (format, body) => format.ReadObject(body, type, NewContext(type)), cancellationToken);
            return decoded.Object ?? throw ApiFailure.Unreadable(sent, decoded.Failure ?? "it has no object.");
        });

    private DecodeContext NewContext<T>(ResourceType<T> type)
        where T : class, IKubernetesObject => new(_pool, ReferenceEquals(type, ResourceTypes.Pods) ? _keepAnnotation : null);
}

/// <summary>Reads and patches one pod at the API server, past every cache. Failures are <see cref="KubernetesApiException"/>.</summary>
public interface IPodApi
{
    /// <summary>A consistent read; null when there is no pod of that name.</summary>
    Task<Pod?> GetPodAsync(string ns, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Sends a merge patch (RFC 7396) and returns the resulting pod; with <paramref name="dryRun"/> it changes nothing.
    /// A missing pod is a failure (404), a wrong <c>metadata.uid</c> is 422 (<see cref="KubernetesApiException.IsWrongUid"/>), a stale
    /// <c>metadata.resourceVersion</c> 409.
    /// </summary>
    Task<Pod> PatchPodAsync(string ns, string name, ReadOnlyMemory<byte> mergePatch, bool dryRun, CancellationToken cancellationToken);
}
