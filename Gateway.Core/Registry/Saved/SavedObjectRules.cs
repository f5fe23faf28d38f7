using System.Collections.Immutable;
using System.Net;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Saved;

/// <summary>
/// Which objects of a saved registry can have come from an API server. The API server checks names, counts and times of what it stores; the
/// same checks apply here to objects from Redis, because names become paths and keys, and times are used in calculations. A missing member is null
/// here, whatever the model says.
/// </summary>
internal static class SavedObjectRules
{
    private const int MaxEntries = 10_000;
    private const int MaxAddresses = 100;
    private const int MaxUid = 128;
    private const int MaxProblem = 1024;

    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static bool IsSound(Pod pod) =>
        IsSound(pod.Metadata, isNamespaced: true) && pod.ServiceAccountName is not null
        && AreTexts(pod.Containers, MaxEntries) && All(pod.PodIPs, MaxAddresses, static text => IPAddress.TryParse(text, out _)) && Enum.IsDefined(pod.Phase)
        && All(pod.ContainerStatuses, MaxEntries, static status => status.RestartCount >= 0 && IsTime(status.StartedAt)
            && (status.Run is null || ContainerStatus.IsRun(status.Run)) && (status.Problem?.Length ?? 0) <= MaxProblem);

    public static bool IsSound(Service service) =>
        IsSound(service.Metadata, isNamespaced: true) && service.Type is not null && AreTexts(service.ClusterIPs, MaxAddresses)
        && (service.IPFamilies.IsDefault || AreTexts(service.IPFamilies, MaxAddresses))
        && (service.Selector is null || AreEntries(service.Selector)) && All(service.Ports, MaxEntries, static port => IsPort(port.Port));

    public static bool IsSound(EndpointSlice slice) =>
        IsSound(slice.Metadata, isNamespaced: true) && slice.AddressType is not null
        && All(slice.Ports, MaxEntries, static port => port.Port is not { } number || IsPort(number))
        && All(slice.Endpoints, MaxEntries, static endpoint => AreTexts(endpoint.Addresses, MaxAddresses));

    public static bool IsSound(Endpoints endpoints) =>
        IsSound(endpoints.Metadata, isNamespaced: true) && All(endpoints.Slices, MaxEntries, IsSound);

    public static bool IsSound(Node node) => IsSound(node.Metadata, isNamespaced: false);

    /// <summary>
    /// A revision whose parts a cluster can have had. A larger one would raise this replica's own revision; without a valid one, the objects are
    /// still served.
    /// </summary>
    public static bool IsRevision(string text) =>
        Revision.TryParse(text, out var revision)
        && revision.Parts.All(static part => part.History <= SharedEpochs.MostAtFirst && part.Version <= long.MaxValue);

    private static bool IsSound(ObjectMeta? metadata, bool isNamespaced) =>
        metadata is not null && IsName(metadata.Name) && (isNamespaced ? IsNamespace(metadata.Namespace) : metadata.Namespace is "")
        && metadata.Uid is { Length: <= MaxUid } && metadata.Version <= long.MaxValue && metadata.AnnotationBytes >= 0
        && AreEntries(metadata.Labels) && AreEntries(metadata.Annotations)
        && IsTime(metadata.CreationTimestamp) && IsTime(metadata.DeletionTimestamp);

    private static bool IsName(string? text) => text is not null && ObjectNames.IsSubdomain(text);

    private static bool IsNamespace(string? text) => text is not null && ObjectNames.IsLabel(text);

    private static bool IsPort(int port) => port is >= 0 and <= 65_535;

    private static bool IsTime(DateTimeOffset? time) => time is null || (time >= DateTimeOffset.UnixEpoch && time < Latest);

    private static bool AreEntries(IReadOnlyDictionary<string, string>? entries) =>
        entries is { Count: <= MaxEntries } && entries.All(static entry => entry.Value is not null);

    private static bool AreTexts(ImmutableArray<string> texts, int most) => All(texts, most, static _ => true);

    private static bool All<T>(ImmutableArray<T> items, int most, Func<T, bool> isSound)
        where T : class =>
        !items.IsDefault && items.Length <= most && items.All(item => item is not null && isSound(item));
}

/// <summary>
/// What a saved registry may cost the replica that reads it: bytes as they come from Redis, bytes unpacked, and objects (endpoints count too),
/// so that a small document cannot become a large heap. A cluster of 150,000 pods takes some 270 MiB unpacked in 325,000 objects.
/// </summary>
internal sealed record SavedRegistryLimits(int PackedBytes, long UnpackedBytes, long Items)
{
    /// <summary>The slim object of a pod with all annotations that Kubernetes allows is smaller.</summary>
    public const int LineBytes = 2 * 1024 * 1024;

    private const int MaxPackedBytes = 64 * 1024 * 1024;
    private const long MaxUnpackedBytes = 512L * 1024 * 1024;

    // A pod takes more than a kilobyte; an object below this average is none of a cluster.
    private const long LeastAverage = 512;

    /// <summary>
    /// For a process whose heap may take so much memory (three quarters of a container's, by the runtime's default): objects are some three times as
    /// large as their JSON, and not all that there is.
    /// </summary>
    public static SavedRegistryLimits For(long memory)
    {
        var unpacked = Math.Clamp(memory / 6, LineBytes, MaxUnpackedBytes);
        return new SavedRegistryLimits(MaxPackedBytes, unpacked, unpacked / LeastAverage);
    }
}
