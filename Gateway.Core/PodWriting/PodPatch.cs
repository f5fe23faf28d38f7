using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Kubernetes.Client.Failures;

namespace Gateway.Core.PodWriting;

/// <summary>
/// One merge patch of one pod: only keys that change, the uid, and the version that it was planned from: where the API server applies it, the pod
/// was exactly so.
/// </summary>
internal sealed record PodPatch
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Uid { get; init; }

    /// <summary>Null: valid for any version of the pod; only of new keys, while other clients keep changing it.</summary>
    public ulong? Version { get; init; }

    public IReadOnlyDictionary<string, string?> Annotations { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>What the keys of <see cref="Annotations"/> held before; null: nothing.</summary>
    public IReadOnlyDictionary<string, string?> Before { get; init; } = ImmutableDictionary<string, string?>.Empty;

    public IReadOnlyDictionary<string, string?> Labels { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>The mirrors after this patch.</summary>
    public ImmutableArray<MirrorPlan> Mirrors { get; init; } = [];

    /// <summary>Whether it changes keys that other clients write too: those of a mirror.</summary>
    public bool WritesMirrors { get; init; }

    public int AnnotationBytesBefore { get; init; }
    public int AnnotationBytesAfter { get; init; }

    public bool IsEmpty => Annotations.Count == 0 && Labels.Count == 0;

    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata"u8);
            json.WriteString("uid"u8, Uid);
            if (Version is { } version)
                json.WriteString("resourceVersion"u8, version.ToString(CultureInfo.InvariantCulture));
            WriteMap(json, "annotations"u8, Annotations);
            WriteMap(json, "labels"u8, Labels);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteMap(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string?> map)
    {
        if (map.Count == 0)
            return;
        json.WriteStartObject(name);
        foreach (var (key, value) in map.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }
}

/// <summary>Classifies the failures of a PATCH by status and causes.</summary>
internal static class PatchFailures
{
    public static PatchFailure Of(KubernetesApiException failure) => failure switch
    {
        { IsConflict: true } => PatchFailure.Conflict,
        { IsWrongUid: true } or { IsNotFound: true } => PatchFailure.PodGone,
        { IsAnnotationsTooLong: true } => PatchFailure.AnnotationsFull,
        { IsTooManyRequests: true } or { IsUnauthorized: true } => PatchFailure.Unavailable,
        { IsUnavailable: true } => IsWebhookFailure(failure) ? PatchFailure.Refused : PatchFailure.Unavailable,
        _ => PatchFailure.Refused,
    };

    // apiserver's NewInternalError is all it says of a webhook that cannot be called under failurePolicy Fail: no reason, no field of its own,
    // only this text, unchanged since 1.9.
    private static bool IsWebhookFailure(KubernetesApiException failure) =>
        failure.StatusCode == 500 && failure.ServerSays("failed calling webhook");
}

/// <summary>What a failed write means for its callers.</summary>
internal enum PatchFailure
{
    /// <summary>Another client wrote the pod: read it and plan again. Comes before the uid is compared, so a successor of that name is found by the read.</summary>
    Conflict,

    /// <summary>Can succeed when it is retried later.</summary>
    Unavailable,

    /// <summary>The pod was deleted, or another pod has its name.</summary>
    PodGone,

    /// <summary>All annotations together are more than the API server takes.</summary>
    AnnotationsFull,

    /// <summary>Denied by RBAC, a policy or an admission webhook: the same patch would be refused again.</summary>
    Refused,
}
