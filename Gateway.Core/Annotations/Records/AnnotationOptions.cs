using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Annotations.Records;

/// <summary>
/// How registrations are stored in pod annotations; bound from the section <c>Registry</c>. Set at start, read by all parts afterwards.
/// </summary>
public sealed class AnnotationOptions
{
    public const string Section = "Registry";

    /// <summary>The gateway writes nothing once all annotations of a pod hold this many bytes: other writers need room too.</summary>
    public const int TotalBytesLimit = 192 * 1024;

    /// <summary>What the API server takes, keys and values together (apimachinery, TotalAnnotationSizeLimitB); a change of status may use it.</summary>
    public const int ClusterBytesLimit = 256 * 1024;

    /// <summary>The part before the slash of every annotation and label key of the gateway: a DNS subdomain.</summary>
    public string AnnotationPrefix { get; set; } = "registry-gateway.io";

    /// <summary>Whether a pod with a registration gets the label <see cref="LabelKey"/>, so that pods can be selected by it.</summary>
    public bool Label { get; set; }

    /// <summary>
    /// The sources whose instances are listed: gateway (always), declared, generic, dubbo-go, dubbo-java, endpoints. Empty: all; with
    /// <c>Access:Register=Rbac</c> gateway and endpoints. Services and slices are watched either way.
    /// </summary>
    public string[] Formats { get; set; } = [];

    /// <summary>
    /// Mirror formats in which every registration of this gateway is also written: generic, dubbo-go-1.4 or dubbo-go-1.5, dubbo-java.
    /// </summary>
    public string[] Mirrors { get; set; } = [];

    /// <summary>Bytes that the gateway's own keys of one pod may take, keys and values.</summary>
    public int MaxBytesPerPod { get; set; } = 128 * 1024;

    /// <summary>
    /// No pod is written, for maintenance or an investigation: calls that would write are 503 <c>read-only</c>, the leader repairs and removes nothing.
    /// Lookups, streams and heartbeats continue.
    /// </summary>
    public bool ReadOnly { get; set; }

    /// <summary>A saved registry state older than this is not served at start.</summary>
    public TimeSpan RestoreMaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether a Dubbo record may name an address that is not its pod's; such an instance is shown with that address and cannot be changed.
    /// Off by default, because an SDK lets a pod advertise any address: such a record is then reported as unreadable.
    /// </summary>
    public bool AllowForeignAddresses { get; set; }

    /// <summary>Whether records of that source are read, and its instances listed.</summary>
    public bool Reads(InstanceSource source) =>
        source == InstanceSource.Gateway || Formats.Length == 0 || Formats.Contains(InstanceSourceNames.Of(source));

    /// <summary>In a pod template: registrations of services that cannot call the gateway.</summary>
    public string DeclareKey => AnnotationPrefix + "/declare";

    /// <summary>On a Namespace: comma separated mirror formats for its pods.</summary>
    public string MirrorsKey => AnnotationPrefix + "/mirrors";

    /// <summary>On a Kubernetes Service: the Dubbo interfaces that it provides, a list of <c>group/interface:version</c>.</summary>
    public string InterfacesKey => AnnotationPrefix + "/interfaces";

    /// <summary>Label of a pod that has a registration, value <c>true</c>; written only where <see cref="Label"/> is on.</summary>
    public string LabelKey => AnnotationPrefix + "/registered";

    /// <summary>The annotation key of the registration <paramref name="id"/>, and never a key of another meaning.</summary>
    public string KeyOf(string id) => RegistrationId.IsId(id) ? AnnotationPrefix + "/" + id : throw new ArgumentException("This is no id of a registration.", nameof(id));

    /// <summary>Whether <paramref name="annotationKey"/> is that of a registration: the prefix and 32 lower-case hex digits, nothing else.</summary>
    public bool TryGetId(string annotationKey, [NotNullWhen(true)] out string? id)
    {
        id = IsKeyOfId(annotationKey) ? annotationKey[(AnnotationPrefix.Length + 1)..] : null;
        return id is not null;
    }

    /// <summary>The same, where the id is not asked for.</summary>
    public bool IsKeyOfId(string annotationKey)
    {
        var prefix = AnnotationPrefix.Length;
        return annotationKey.Length == prefix + 1 + RegistrationId.Length && annotationKey[prefix] == '/'
            && annotationKey.StartsWith(AnnotationPrefix, StringComparison.Ordinal) && RegistrationId.IsId(annotationKey.AsSpan(prefix + 1));
    }

    /// <summary>Every fault of these settings, one sentence each; empty when they are valid.</summary>
    public IEnumerable<string> Validate()
    {
        if (!ObjectNames.IsSubdomain(AnnotationPrefix))
            yield return $"Registry:AnnotationPrefix '{AnnotationPrefix}' is not a DNS subdomain (lower-case letters, digits, '-', '.'; at most 253).";
        else if (IsTaken(AnnotationPrefix))
            yield return $"Registry:AnnotationPrefix '{AnnotationPrefix}' belongs to Kubernetes or to another registry's format.";

        foreach (var format in Formats)
        {
            if (!InstanceSourceNames.All.Contains(format))
                yield return $"Registry:Formats names '{format}', which is not one of {string.Join(", ", InstanceSourceNames.All)}.";
        }

        foreach (var mirror in Mirrors)
        {
            if (!MirrorNames.All.Contains(mirror))
                yield return $"Registry:Mirrors names '{mirror}', which is not one of {string.Join(", ", MirrorNames.All)}.";
        }

        if (MirrorNames.Clash(Mirrors))
            yield return $"Registry:Mirrors names both {MirrorNames.DubboGo14} and {MirrorNames.DubboGo15}; a pod can have the label of only one of them.";
        if (MaxBytesPerPod is < 1024 or > TotalBytesLimit)
            yield return $"Registry:MaxBytesPerPod is {MaxBytesPerPod}; it must be 1024 to {TotalBytesLimit}.";
        if (RestoreMaxAge < TimeSpan.Zero)
            yield return $"Registry:RestoreMaxAge is {RestoreMaxAge}; it must not be negative.";
    }

    private static bool IsTaken(string prefix) =>
        prefix is "dubbo.io" or "io.dubbo" or "app.io" or "kubernetes.io" or "k8s.io"
        || prefix.EndsWith(".kubernetes.io", StringComparison.Ordinal) || prefix.EndsWith(".k8s.io", StringComparison.Ordinal);
}
