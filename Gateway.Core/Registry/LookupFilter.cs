using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Selectors;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry;

/// <summary>
/// Which instances of a service a lookup selects. Null does not restrict; "" as group or version selects instances without one. Two filters
/// with the same <see cref="Key"/> select the same instances.
/// </summary>
public sealed class LookupFilter : IEquatable<LookupFilter>
{
    /// <summary>Every instance that is UP.</summary>
    public static readonly LookupFilter Default = new();

    /// <summary>Every instance, whatever its status.</summary>
    public static readonly LookupFilter Any = new() { Statuses = InstanceStatuses.Any };

    private string? _key;

    public string? Group { get; init; }
    public string? Version { get; init; }
    public string? Protocol { get; init; }
    public InstanceStatuses Statuses { get; init; } = InstanceStatuses.Up;
    public LabelSelector Selector { get; init; } = LabelSelector.Everything;
    public string? Zone { get; init; }

    /// <summary>Matching instances of this zone if there are any, else all that match.</summary>
    public string? PreferZone { get; init; }

    public string? Node { get; init; }

    /// <summary>Matching instances of this node if there are any; comes before <see cref="PreferZone"/>.</summary>
    public string? PreferNode { get; init; }

    /// <summary>Where no instance matches that is UP: those TERMINATING that still serve.</summary>
    public bool FallsBackToTerminating { get; init; }

    public InstanceSource? Source { get; init; }

    /// <summary>How matching instances are shown, and how group and version are compared.</summary>
    public InstanceFormat Form { get; private init; } = InstanceFormat.Native;

    public bool IsDefault => Key.Length == 0;

    /// <summary>"" for the default; otherwise a canonical text, independent of the order in which the caller wrote the filter.</summary>
    public string Key => _key ??= MakeKey();

    /// <summary>Whether one instance matches, without preferences and the fallback, which need the whole list.</summary>
    public bool Matches(Instance instance) => Statuses.Holds(instance.Status) && MatchesBesideStatus(instance);

    private bool MatchesBesideStatus(Instance instance) =>
        Form.Fits(this, instance)
        && (Node is null || Node == instance.Node)
        && (Protocol is null || Protocol == instance.Key.Protocol)
        && (Zone is null || Zone == instance.Zone)
        && (Source is null || Source == instance.Source)
        && Selector.Matches(instance.Metadata);

    /// <summary>The matching instances in the given order; the array itself where all match.</summary>
    public ImmutableArray<Instance> Apply(ImmutableArray<Instance> instances)
    {
        var fitting = Keep(instances, Matches);
        if (FallsBackToTerminating && !fitting.Any(static instance => instance.Status == InstanceStatus.Up))
            fitting = Keep(instances, instance => Matches(instance) || (instance.StillServes && MatchesBesideStatus(instance)));
        if (PreferNode is not null && Keep(fitting, instance => instance.Node == PreferNode) is { IsEmpty: false } here)
            return here;
        if (PreferZone is null)
            return fitting;
        var near = Keep(fitting, instance => instance.Zone == PreferZone);
        return near.IsEmpty ? fitting : near;
    }

    /// <summary>The same filter with another form.</summary>
    public LookupFilter In(InstanceFormat form) => new()
    {
        Group = Group,
        Version = Version,
        Protocol = Protocol,
        Statuses = Statuses,
        Selector = Selector,
        Zone = Zone,
        PreferZone = PreferZone,
        Node = Node,
        PreferNode = PreferNode,
        FallsBackToTerminating = FallsBackToTerminating,
        Source = Source,
        Form = form,
    };

    public bool Equals(LookupFilter? other) => other is not null && Key == other.Key;

    public override bool Equals(object? obj) => Equals(obj as LookupFilter);

    public override int GetHashCode() => Key.GetHashCode();

    private static ImmutableArray<Instance> Keep(ImmutableArray<Instance> instances, Func<Instance, bool> fits)
    {
        ImmutableArray<Instance>.Builder? kept = null;
        for (var i = 0; i < instances.Length; i++)
        {
            if (fits(instances[i]))
                kept?.Add(instances[i]);
            else if (kept is null)
            {
                kept = ImmutableArray.CreateBuilder<Instance>();
                kept.AddRange(instances.AsSpan()[..i]);
            }
        }

        return kept is null ? instances : kept.ToImmutable();
    }

    private string MakeKey()
    {
        var key = new StringBuilder();
        Append(key, 'g', Group);
        Append(key, 'v', Version);
        Append(key, 'p', Protocol);
        Append(key, 's', Statuses == InstanceStatuses.Up ? null : ((int)Statuses).ToString(CultureInfo.InvariantCulture));
        Append(key, 'm', Selector.IsEmpty ? null : Selector.ToString());
        Append(key, 'z', Zone);
        Append(key, 'n', PreferZone);
        Append(key, 'h', Node);
        Append(key, 'i', PreferNode);
        Append(key, 't', FallsBackToTerminating ? "" : null);
        Append(key, 'f', Form.Key.Length == 0 ? null : Form.Key);
        Append(key, 'o', Source is null ? null : InstanceSourceNames.Of(Source.Value));
        return key.ToString();
    }

    // The length prefix keeps two filters distinct whatever their values contain.
    private static void Append(StringBuilder key, char name, string? value)
    {
        if (value is not null)
            key.Append(CultureInfo.InvariantCulture, $"{name}{value.Length}:{value}");
    }
}
