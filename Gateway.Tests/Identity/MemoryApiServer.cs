using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;
using k8s.Models;

namespace Gateway.Tests.Identity;

/// <summary>
/// The part of an API server that the write path talks to, in memory: pods with uid and resourceVersion checks, reviews, and faults on demand.
/// Any thread calls it; a change is told under its lock, so in order.
/// </summary>
internal sealed class MemoryApiServer : IPodApi, IReviewApi
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, Pod> _pods = [];
    private readonly ConcurrentQueue<Func<Pod, Pod?>> _nextPatches = new();
    private readonly List<string> _patches = [];
    private ulong _version = 100;
    private int _gets;
    private int _tokenReviews;
    private int _accessReviews;

    /// <summary>Told of every pod that changed (its new state, or its last with the version of its end and <c>false</c>).</summary>
    public event Action<Pod, bool>? Changed;

    public Dictionary<string, V1TokenReviewStatus> Tokens { get; } = new(StringComparer.Ordinal);
    public Func<V1SubjectAccessReviewSpec, bool> Allows { get; set; } = static _ => false;
    public ConcurrentQueue<V1SubjectAccessReviewSpec> AskedAccess { get; } = new();

    /// <summary>Awaited before any answer.</summary>
    public Func<CancellationToken, Task> Hold { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Called after a patch was applied, before it is answered.</summary>
    public Action Applied { get; set; } = static () => { };

    /// <summary>Thrown instead of any review's answer.</summary>
    public KubernetesApiException? ReviewTrouble { get; set; }

    /// <summary>Looked at before each patch is applied: what it throws is the answer.</summary>
    public Action<Pod, JsonElement>? Admission { get; set; }

    public int Gets => Volatile.Read(ref _gets);
    public int TokenReviews => Volatile.Read(ref _tokenReviews);
    public int AccessReviews => Volatile.Read(ref _accessReviews);

    /// <summary>The bodies of all patches that arrived, refused ones too.</summary>
    public IReadOnlyList<string> Patches
    {
        get
        {
            lock (_gate)
                return [.. _patches];
        }
    }

    public Pod Read(string ns, string name)
    {
        lock (_gate)
            return _pods[new(ns, name)];
    }

    public Pod Put(Pod pod)
    {
        lock (_gate)
        {
            var stored = pod with { Metadata = pod.Metadata with { Version = ++_version, AnnotationBytes = BytesOf(pod.Metadata.Annotations) } };
            _pods[stored.Metadata.Key] = stored;
            Changed?.Invoke(stored, true);
            return stored;
        }
    }

    public Pod Change(string ns, string name, Func<Pod, Pod> change)
    {
        lock (_gate)
            return Put(change(_pods[new(ns, name)]));
    }

    public void Delete(string ns, string name)
    {
        lock (_gate)
        {
            _pods.Remove(new(ns, name), out var pod);
            Changed?.Invoke(pod! with { Metadata = pod.Metadata with { Version = ++_version } }, false);
        }
    }

    /// <summary>The next patch is answered so; it is not applied.</summary>
    public void AnswerNextPatch(KubernetesApiException answer) => _nextPatches.Enqueue(_ => throw answer);

    /// <summary>The next patch is applied, and its answer lost.</summary>
    public void LoseNextAnswer() => _nextPatches.Enqueue(static _ => throw new KubernetesApiException(0, null, mayHaveBeenApplied: true, message: "lost"));

    /// <summary>Somebody else writes the pod just before the next patch arrives.</summary>
    public void ChangeBeforeNextPatch(Func<Pod, Pod> change) => _nextPatches.Enqueue(pod => change(pod));

    public async Task<Pod?> GetPodAsync(string ns, string name, CancellationToken cancellationToken)
    {
        await Hold(cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _gets);
        lock (_gate)
            return _pods.GetValueOrDefault(new(ns, name));
    }

    public async Task<Pod> PatchPodAsync(string ns, string name, ReadOnlyMemory<byte> mergePatch, bool dryRun, CancellationToken cancellationToken)
    {
        await Hold(cancellationToken).ConfigureAwait(false);
        using var document = JsonDocument.Parse(mergePatch);
        var metadata = document.RootElement.GetProperty("metadata");
        lock (_gate)
        {
            _patches.Add(Encoding.UTF8.GetString(mergePatch.Span));
            if (!_pods.TryGetValue(new(ns, name), out var pod))
                throw Status(404, "NotFound", "pods not found");
            var isLost = false;
            if (_nextPatches.TryDequeue(out var next))
            {
                try
                {
                    if (next(pod) is { } changed)
                        pod = Put(changed);
                }
                catch (KubernetesApiException lost) when (lost.MayHaveBeenApplied)
                {
                    isLost = true;
                }
            }

            var after = Apply(pod, metadata);
            if (after != pod)
                after = Put(after);
            Applied();
            return isLost ? throw new KubernetesApiException(0, null, mayHaveBeenApplied: true, message: "lost") : after;
        }
    }

    public async Task<V1TokenReviewStatus> ReviewTokenAsync(string token, string audience, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _tokenReviews);
        await Hold(cancellationToken).ConfigureAwait(false);
        if (ReviewTrouble is not null)
            throw ReviewTrouble;
        var status = Tokens.GetValueOrDefault(token);
        return status is null ? new V1TokenReviewStatus { Error = "invalid bearer token" } : status;
    }

    public async Task<bool> ReviewAccessAsync(V1SubjectAccessReviewSpec review, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _accessReviews);
        AskedAccess.Enqueue(review);
        await Hold(cancellationToken).ConfigureAwait(false);
        return ReviewTrouble is null ? Allows(review) : throw ReviewTrouble;
    }

    public Task<bool> ReviewOwnAccessAsync(V1ResourceAttributes access, CancellationToken cancellationToken) => Task.FromResult(true);

    public static KubernetesApiException Status(int code, string reason, string message, params V1StatusCause[] causes) =>
        new(code, new V1Status { Code = code, Reason = reason, Message = message, Details = new V1StatusDetails { Causes = [.. causes] } });

    private Pod Apply(Pod pod, JsonElement metadata)
    {
        // In the API server's order: the version first.
        if (metadata.TryGetProperty("resourceVersion", out var version) && version.GetString() != pod.Metadata.Version.ToString(null as IFormatProvider))
            throw Status(409, "Conflict", "the object has been modified");
        if (metadata.TryGetProperty("uid", out var uid) && uid.GetString() != pod.Metadata.Uid)
            throw Status(422, "Invalid", "field is immutable", new V1StatusCause { Reason = "FieldValueInvalid", Field = "metadata.uid", Message = "Invalid value" });
        Admission?.Invoke(pod, metadata);
        var annotations = Merged(pod.Metadata.Annotations, metadata, "annotations");
        var labels = Merged(pod.Metadata.Labels, metadata, "labels");
        if (BytesOf(annotations) > 262_144)
            throw Status(422, "Invalid", "too long", new V1StatusCause { Reason = "FieldValueTooLong", Field = "metadata.annotations", Message = "Too long" });
        return Same(annotations, pod.Metadata.Annotations) && Same(labels, pod.Metadata.Labels)
            ? pod
            : pod with { Metadata = pod.Metadata with { Annotations = annotations, Labels = labels } };
    }

    private static IReadOnlyDictionary<string, string> Merged(IReadOnlyDictionary<string, string> map, JsonElement metadata, string member)
    {
        if (!metadata.TryGetProperty(member, out var patch))
            return map;
        var merged = new Dictionary<string, string>(map, StringComparer.Ordinal);
        foreach (var change in patch.EnumerateObject())
        {
            if (change.Value.ValueKind == JsonValueKind.Null)
                merged.Remove(change.Name);
            else
                merged[change.Name] = change.Value.GetString()!;
        }

        return merged;
    }

    private static bool Same(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var value) && value == entry.Value);

    private static int BytesOf(IReadOnlyDictionary<string, string> map) =>
        map.Sum(static entry => Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount(entry.Value));
}
