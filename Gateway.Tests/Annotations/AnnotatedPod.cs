using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Tests.Annotations;

/// <summary>Pods with annotations, and what a reader of all formats finds in them.</summary>
internal static class AnnotatedPod
{
    public const string Uid = "6c9b5a3e-0c54-4a53-9d7c-0f3f0d1a2b3c";
    public const string Namespace = "shop";
    public const string Address = "10.244.1.7";

    public static readonly AnnotationOptions Options = new();

    public static Pod With(params (string Key, string Value)[] annotations) => new()
    {
        Metadata = new()
        {
            Name = "orders-1",
            Namespace = Namespace,
            Uid = Uid,
            Annotations = annotations.ToDictionary(entry => entry.Key, entry => entry.Value),
        },
        Phase = PodPhase.Running,
        PodIPs = [Address],
    };

    public static Pod Labelled(this Pod pod, string key, string value) => pod with
    {
        Metadata = pod.Metadata with { Labels = new Dictionary<string, string>(pod.Metadata.Labels) { [key] = value } },
    };

    public static Pod At(this Pod pod, params string[] addresses) => pod with { PodIPs = [.. addresses] };

    public static PodRecords Read(this Pod pod) => new PodRecordReader(Options).Read(pod);

    public static RegistrationRecord Record(
        string service, int port, string protocol = "http", string group = "", string version = "", IReadOnlyDictionary<string, string>? metadata = null)
    {
        var key = new RegistrationKey(Namespace, service, group, version, protocol, port);
        return new()
        {
            Id = key.IdFor(Uid),
            Key = key,
            Source = InstanceSource.Gateway,
            Metadata = RegistrationRecord.NoMetadata.AddRange(metadata ?? new Dictionary<string, string>()),
            RegisteredAt = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000),
            PostedAt = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000),
        };
    }
}
