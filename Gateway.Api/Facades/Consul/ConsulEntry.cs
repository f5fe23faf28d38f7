using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Consul;

/// <summary>One instance in Consul's terms, whatever protocol registered it. Immutable; made once for each state of an instance.</summary>
internal sealed class ConsulEntry
{
    // As long-lived as the instances.
    private static readonly ConditionalWeakTable<Instance, ConsulEntry> Made = [];

    private ConsulEntry(Instance instance)
    {
        Instance = instance;
        var detail = ConsulDetail.Of(instance);
        Node = ConsulNode.Of(instance);
        Id = instance.ClientOf(ConsulProtocol.Name)?.Id ?? IdOf(instance);
        Address = instance.Host ?? instance.Address ?? "";
        Meta = detail.TagsMember.Length > 0 ? instance.Metadata.Remove(detail.TagsMember) : instance.Metadata;
        Tags = instance.ClientOf(ConsulProtocol.Name) is not null || !instance.Metadata.TryGetValue(ConsulProtocol.TagsMember, out var tags) || tags.Length == 0
            ? detail.Tags
            : [.. tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        EnableTagOverride = detail.EnableTagOverride;
        Passing = ClientWeights.FromConsul(detail.Passing) == instance.Weight ? detail.Passing : ClientWeights.ToConsul(instance.Weight);
        Warning = detail.Warning;
        Checks = ConsulChecks.Of(instance, detail, Id);
        Status = ConsulStatus.Passing;
        foreach (var check in Checks)
            Status = ConsulStatus.Worse(Status, check.Status);
    }

    public Instance Instance { get; }
    public ConsulNode Node { get; }
    public string Id { get; }
    public string Service => Instance.Key.Service;
    public string Address { get; }
    public int Port => Instance.Key.Port;
    public ImmutableArray<string> Tags { get; }
    public ImmutableSortedDictionary<string, string> Meta { get; }
    public bool EnableTagOverride { get; }
    public int Passing { get; }
    public int Warning { get; }
    public ImmutableArray<ShownCheck> Checks { get; }

    /// <summary>The worst of its checks.</summary>
    public string Status { get; }

    public bool IsPassing => Status == ConsulStatus.Passing;

    public static ConsulEntry Of(Instance instance) => Made.GetValue(instance, static one => new ConsulEntry(one));

    /// <summary>
    /// An id for what did not come by Consul: the same on every replica, and unique, since an instance is its pod (or address), service, port, and where
    /// they are said group, version and protocol.
    /// </summary>
    private static string IdOf(Instance instance)
    {
        var (key, owner) = (instance.Key, instance.Pod?.Name ?? instance.Address ?? "");
        var id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{owner}-{key.Service}-{key.Port}");
        if (key.Group.Length > 0 || key.Version.Length > 0)
            id += $"-{key.Group}-{key.Version}";
        return key.Protocol == Gateway.Core.Annotations.Records.RegistrationRules.DefaultProtocol ? id : $"{id}-{key.Protocol}";
    }
}
