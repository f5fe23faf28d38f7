using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Election;

/// <summary>The election of the replica that does what only one may do (section <c>Election</c>).</summary>
public sealed class ElectionOptions
{
    public const string Section = "Election";

    /// <summary>The Lease (coordination.k8s.io) that the leader holds.</summary>
    public string Name { get; set; } = "registry-gateway";

    /// <summary>Where that Lease is; empty: the gateway's own namespace.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>A leader that has not renewed its Lease for this long is replaced.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the leader renews the Lease, and the others read it.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Every fault, as a sentence.</summary>
    public IEnumerable<string> Validate()
    {
        if (!ObjectNames.IsSubdomain(Name))
            yield return $"{Section}:Name '{Name}' is no name of a Lease: a DNS subdomain (lower-case letters, digits, '-', '.'; at most 253).";
        if (Namespace.Length > 0 && !ObjectNames.IsLabel(Namespace))
            yield return $"{Section}:Namespace '{Namespace}' is no name of a namespace.";
        if (Duration < TimeSpan.FromSeconds(3))
            yield return $"{Section}:Duration is {Duration}; it must be at least 3 s.";
        if (RenewEvery <= TimeSpan.Zero || RenewEvery > Duration / 3)
            yield return $"{Section}:RenewEvery is {RenewEvery}; it must be positive and at most a third of Duration.";
    }
}
