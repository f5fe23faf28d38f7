using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Api.Facades;

/// <summary>
/// Which other registries' protocols are spoken, and what all of them share; bound from the section <c>Facades</c>. Each protocol is on in Development
/// and off elsewhere. Set at start, read by all parts afterwards.
/// </summary>
public sealed class FacadeOptions
{
    public const string Section = "Facades";

    /// <summary>Speaks Eureka's REST API at /eureka, /eureka/v1 and /eureka/v2.</summary>
    public bool Eureka { get; set; }

    /// <summary>Speaks Consul's HTTP API at /v1/agent, /v1/catalog, /v1/health and /v1/status.</summary>
    public bool Consul { get; set; }

    /// <summary>Speaks Nacos' HTTP APIs at /nacos.</summary>
    public bool Nacos { get; set; }

    /// <summary>Speaks the API of the Spring Cloud Kubernetes discovery server at /apps, /app and /state.</summary>
    public bool Spring { get; set; }

    /// <summary>Shows Spring's clients the labels of pods; the annotations of pods are never shown.</summary>
    public bool SpringPodLabels { get; set; }

    /// <summary>Answers Prometheus' service discovery at /prometheus/sd.</summary>
    public bool Prometheus { get; set; }

    /// <summary>
    /// A protocol's time-out counts: a registration whose client sends no heartbeats for that long is DOWN. Off, the pod is the lease: its readiness and
    /// its end say all.
    /// </summary>
    public bool Leases { get; set; }

    /// <summary>The namespace that a call reads where neither its protocol, nor its path, nor its caller names one; null: such a call is refused.</summary>
    public string? Namespace { get; set; }

    /// <summary>The sources whose instances clients of other registries see; empty: all that the gateway lists.</summary>
    public string[] Sources { get; set; } = [];

    /// <summary>Namespaces by the ids under which a protocol's clients name them (a Nacos namespaceId is often a UUID).</summary>
    public Dictionary<string, string> Aliases { get; set; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Nacos' protect threshold, of every service: where the healthy share of a list is this or lower, all of it is answered as healthy; 0 to 1. At 0 never,
    /// also where none is healthy.
    /// </summary>
    public double NacosProtectThreshold { get; set; }

    /// <summary>Any protocol is spoken.</summary>
    public bool Any => Eureka || Consul || Nacos || Spring || Prometheus;

    /// <summary>Every fault of these settings, one sentence each; empty when they are valid.</summary>
    public IEnumerable<string> Validate()
    {
        if (Namespace is { } ns && Fault(ns) is { } fault)
            yield return $"{Section}:Namespace '{ns}' {fault}.";
        if (NacosProtectThreshold is not (>= 0 and <= 1))
            yield return $"{Section}:NacosProtectThreshold is {NacosProtectThreshold}; it must be 0 to 1.";
        foreach (var source in Sources)
        {
            if (!InstanceSourceNames.All.Contains(source))
                yield return $"{Section}:Sources names '{source}', which is not one of {string.Join(", ", InstanceSourceNames.All)}.";
        }

        foreach (var (id, named) in Aliases)
        {
            if (Fault(named) is { } wrong)
                yield return $"{Section}:Aliases:{id} '{named}' {wrong}.";
        }
    }

    /// <summary>Kubernetes' own namespaces are never shown to other registries' clients, nor written by them.</summary>
    internal static bool IsSystem(string ns) => ns.StartsWith("kube-", StringComparison.Ordinal);

    private static string? Fault(string ns) =>
        !ObjectNames.IsLabel(ns) ? "is no name of a namespace (lower-case letters, digits, '-'; at most 63)"
        : IsSystem(ns) ? "is a namespace of the system, which other registries' clients never see"
        : null;
}
