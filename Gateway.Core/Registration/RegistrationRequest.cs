using System.Net;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;

namespace Gateway.Core.Registration;

/// <summary>
/// A registration as a POST asks for it: what every body has, and what only a caller can say. Once its rules are checked every value is within
/// the contract's bounds; what depends on the cluster (the pod, its containers, reserved names, whether leases are on) is not checked yet.
/// </summary>
public sealed record RegistrationRequest : RegistrationBody
{
    /// <summary>As the body names it, together with <see cref="PodName"/>.</summary>
    public string? Namespace { get; set; }

    public string? PodName { get; set; }

    /// <summary>The pod that the body names; null: the caller's own.</summary>
    public PodName? Pod
    {
        get => Namespace is { } ns && PodName is { } pod ? new PodName(ns, pod) : null;
        init => (Namespace, PodName) = (value?.Namespace, value?.Name);
    }

    /// <summary>A complete Dubbo URL instead of service, port, group, version, protocol, weight and metadata.</summary>
    public string? Url { get; set; }

    /// <summary>The address that the URL names, which has to be one of the pod's; null: none was named.</summary>
    public IPAddress? Host { get; set; }

    /// <summary>Where the body names <see cref="Host"/>.</summary>
    public string HostMember { get; init; } = "/url";

    /// <summary>The id under which a client of another registry knows it. Set by facades alone: no body has it.</summary>
    public ClientAlias? Client { get; init; }

    /// <summary>What the client says of its state, one of <see cref="ClientReasons"/>; null: it is up. Set by facades alone.</summary>
    public string? ClientReason { get; init; }

    /// <summary>
    /// What stays of the registration that the pod has under the client's id, as the API server has it: the client with what its facade keeps, and the
    /// reason. Null: nothing. Set by facades alone.
    /// </summary>
    public Func<RegistrationRecord, (ClientAlias Client, string? Reason)>? Keeps { get; init; }

    /// <summary>Further names under which the client's protocol shows it to those who look up. Set by facades alone.</summary>
    public IReadOnlyCollection<string> AlsoNamed { get; init; } = [];

    /// <summary>The body's position in the request: "" for a single one, "/3" for the fourth of an array. Faults point below it.</summary>
    public string Pointer { get; init; } = "";
}
