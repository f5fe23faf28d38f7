using System.Collections.Immutable;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry.Origins;

/// <summary>
/// Which interfaces a Kubernetes Service provides: those its annotation lists, else those that configured rules derive from its name; plus
/// configured targets. Pure; made once from the settings.
/// </summary>
public sealed class NameMapping
{
    /// <summary>The most interfaces of one Service, as of a MetadataInfo: a longer list is a mistake, not a real Service.</summary>
    public const int MaxEntries = 2_000;

    /// <summary>The most unreadable entries of one Service that are reported; the last one then counts the others.</summary>
    public const int MaxFaults = 100;

    private readonly string _key;
    private readonly ImmutableArray<MappingRule> _rules;
    private readonly ILookup<ServiceKey, MappingTarget> _targets;
    private readonly ILookup<ServiceKey, MappingTarget> _otherwise;

    public NameMapping(AnnotationOptions annotations, NameMappingOptions options)
    {
        _key = annotations.InterfacesKey;
        _rules = [.. options.Rules.Select(static text => MappingRule.TryParse(text, out var rule, out _) ? rule : null).OfType<MappingRule>()];
        var targets = options.Targets.Select(static text => MappingTarget.TryParse(text, out var target, out _) ? target : null).OfType<MappingTarget>().ToList();
        _targets = targets.ToLookup(static target => target.Service);
        _otherwise = targets.Where(static target => target.Otherwise != target.Service).ToLookup(static target => target.Otherwise);
    }

    /// <summary>The key of the annotation.</summary>
    internal string Key => _key;

    /// <summary>Services whose names depend on whether this one exists.</summary>
    internal IEnumerable<ServiceKey> Dependents(ServiceKey service) => _targets[service].Select(static target => target.Otherwise);

    /// <summary>Services whose existence decides the names of this one.</summary>
    internal IEnumerable<ServiceKey> DependsOn(ServiceKey service) => _otherwise[service].Select(static target => target.Service);

    /// <summary>Whether anything may map it: a cheap check that excludes most Services.</summary>
    internal bool Concerns(Service service) =>
        _rules.Length > 0 || service.Metadata.Annotations.ContainsKey(_key) || _targets.Count > 0;

    /// <summary>
    /// The names in the order written, without duplicates; unreadable entries are added to <paramref name="faults"/> and hide no others.
    /// </summary>
    internal ImmutableArray<MappedName> NamesOf(Service service, IReadOnlySet<ServiceKey> existing, List<string> faults)
    {
        var key = new ServiceKey(service.Metadata.Namespace, service.Metadata.Name);
        var names = ImmutableArray.CreateBuilder<MappedName>();
        if (service.Metadata.Annotations.TryGetValue(_key, out var text) && text.Length > 0)
            ReadList(text, names, faults);
        else
            AddRules(key, names);
        foreach (var target in _targets[key].Concat(_otherwise[key].Where(target => !existing.Contains(target.Service))))
            names.Add(new MappedName(target.Interface, MappingWay.Target, target.Port));
        return names.Count == 0 ? [] : [.. names.Distinct()];
    }

    private static void ReadList(string text, ImmutableArray<MappedName>.Builder names, List<string> faults)
    {
        var place = 0;
        var omitted = 0;
        foreach (var entry in text.Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            place++;
            if (place > MaxEntries)
            {
                Refuse($"there are more than {MaxEntries} entries");
                break;
            }

            if (InterfaceName.TryParse(entry, out var name, out var reason))
                names.Add(new MappedName(name, MappingWay.Annotation));
            else
                Refuse($"entry {place}: {reason}");
        }

        if (omitted > 0)
            faults[^1] = $"and {omitted + 1} more entries cannot be read";

        void Refuse(string fault)
        {
            if (faults.Count < MaxFaults)
                faults.Add(fault);
            else
                omitted++;
        }
    }

    private void AddRules(ServiceKey key, ImmutableArray<MappedName>.Builder names)
    {
        foreach (var rule in _rules)
        {
            if (rule.Apply(key) is { } name)
                names.Add(new MappedName(name, MappingWay.Rule));
        }
    }
}

/// <summary>
/// An interface that a Kubernetes Service provides, on the port with this number or name only; a null <paramref name="Port"/> allows any.
/// </summary>
internal sealed record MappedName(InterfaceName Interface, MappingWay Way, string? Port = null);

/// <summary>How a Kubernetes Service was given an interface; of several ways the first counts.</summary>
internal enum MappingWay
{
    /// <summary>By the Service's own annotation.</summary>
    Annotation,

    /// <summary>By a configured rule.</summary>
    Rule,

    /// <summary>By a configured target of the 2018 form.</summary>
    Target,
}
