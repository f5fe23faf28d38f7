using System.Collections.Immutable;
using Gateway.Core.Diagnostics;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Registry.Origins;

/// <summary>
/// Which services have instances from which Kubernetes Services and applications: interfaces that name mapping gives to a Service, and
/// those that an application provides by its MetadataInfo. Written and read by the projector's thread alone.
/// </summary>
internal sealed class ServiceOrigins(NameMapping mapping, IApplicationStore applications, GatewayMetrics metrics, ILogger logger)
{
    public static readonly ImmutableSortedSet<string> NoNames = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    private readonly Dictionary<ServiceKey, Entry> _entries = [];
    private readonly Dictionary<ServiceKey, SortedSet<ServiceKey>> _originsOf = [];
    private int _faults;

    /// <summary>Forgets everything; what there is is refreshed after that.</summary>
    public void Clear()
    {
        _entries.Clear();
        _originsOf.Clear();
        _faults = 0;
    }

    /// <summary>The services whose instances come, or may come, from <paramref name="service"/> too.</summary>
    public IEnumerable<ServiceKey> OriginsOf(ServiceKey service) => _originsOf.GetValueOrDefault(service) ?? [];

    /// <summary>The ways in which <paramref name="origin"/> provides the interface of that name.</summary>
    public ImmutableArray<MappedName> NamesOf(ServiceKey origin, string @interface) =>
        _entries.TryGetValue(origin, out var entry) ? [.. entry.ByInterface[@interface]] : [];

    /// <summary>Whether registrations under <paramref name="origin"/> name that application.</summary>
    public bool IsOfApplication(ServiceKey origin, string application) => _entries.TryGetValue(origin, out var entry) && entry.Applications.Contains(application);

    /// <summary>The stored metadata of the application of that name; null: none.</summary>
    public ApplicationFacts? FactsOf(ServiceKey origin) =>
        applications.Find(new(origin.Namespace, origin.Name)) is { IsEmpty: false } facts ? facts : null;

    /// <summary>Every service that has instances from that one, as it was refreshed last.</summary>
    public IEnumerable<ServiceKey> AliasesOf(ServiceKey origin) => Aliases(origin, _entries.GetValueOrDefault(origin, Entry.None));

    /// <summary>
    /// Call when the Service <paramref name="origin"/> (null: it does not exist), the metadata of its application, or the applications that
    /// registrations under its name belong to may have changed: gives every service that has, or had, instances from it.
    /// </summary>
    /// <param name="origin">The name.</param>
    /// <param name="service">The Service.</param>
    /// <param name="ofApplications">The applications.</param>
    /// <param name="existing">Which Services of <see cref="DependsOn"/> exist.</param>
    /// <param name="failed">Called when its annotations or metadata cannot be read, by a bug: what was read last remains.</param>
    public IEnumerable<ServiceKey> Refresh(
        ServiceKey origin, Service? service, ImmutableSortedSet<string> ofApplications, IReadOnlySet<ServiceKey> existing, Func<Exception, bool> failed)
    {
        var before = _entries.GetValueOrDefault(origin, Entry.None);
        Entry after;
        try
        {
            after = Read(origin, service, ofApplications, existing, before);
        }
        catch (Exception failure) when (failed(failure))
        {
            return Aliases(origin, before);
        }

        if (ReferenceEquals(before, after))
            return Aliases(origin, before);
        foreach (var name in after.Aliases.Except(before.Aliases))
        {
            var alias = new ServiceKey(origin.Namespace, name);
            if (!_originsOf.TryGetValue(alias, out var origins))
                _originsOf[alias] = origins = [];
            origins.Add(origin);
        }

        foreach (var name in before.Aliases.Except(after.Aliases))
        {
            var alias = new ServiceKey(origin.Namespace, name);
            if (_originsOf.TryGetValue(alias, out var origins) && origins.Remove(origin) && origins.Count == 0)
                _originsOf.Remove(alias);
        }

        Report(origin, before, after);
        if (after.IsEmpty)
            _entries.Remove(origin);
        else
            _entries[origin] = after;
        return Aliases(origin, before).Union(Aliases(origin, after));
    }

    /// <summary>Services whose existence decides the names of this one.</summary>
    public IEnumerable<ServiceKey> DependsOn(ServiceKey service) => mapping.DependsOn(service);

    /// <summary>Services whose names may change when <paramref name="service"/> is created or deleted.</summary>
    public IEnumerable<ServiceKey> Dependents(ServiceKey service) => mapping.Dependents(service);

    private Entry Read(
        ServiceKey origin, Service? service, ImmutableSortedSet<string> ofApplications, IReadOnlySet<ServiceKey> existing, Entry before)
    {
        if (ReferenceEquals(before, Entry.None) && ofApplications.IsEmpty && (service is null || !mapping.Concerns(service)) && FactsOf(origin) is null)
            return before;
        List<string> faults = [];
        var names = service is null ? [] : mapping.NamesOf(service, existing, faults);

        // A service is never its own origin.
        var aliases = names.Select(static name => name.Interface.Name).Concat(FactsOf(origin)?.AllInterfaces ?? Enumerable.Empty<string>()).Concat(ofApplications)
            .Where(name => name != origin.Name).ToImmutableSortedSet(StringComparer.Ordinal);
        return names.SequenceEqual(before.Names) && aliases.SetEquals(before.Aliases) && ofApplications.SetEquals(before.Applications) && faults.SequenceEqual(before.Faults)
            ? before
            : new Entry(names, aliases, ofApplications, [.. faults]);
    }

    private static IEnumerable<ServiceKey> Aliases(ServiceKey origin, Entry entry) => entry.Aliases.Select(name => new ServiceKey(origin.Namespace, name));

    private void Report(ServiceKey origin, Entry before, Entry after)
    {
        _faults += after.Faults.Length - before.Faults.Length;
        if (after.Faults.Length != before.Faults.Length)
            metrics.RegistryUnreadableMappings.Record(_faults);
        if (after.Faults.Except(before.Faults).ToList() is [var first, ..] appeared)
            RegistryLog.MappingUnreadable(logger, origin, mapping.Key, appeared.Count - 1, first);
    }

    private sealed record Entry(
        ImmutableArray<MappedName> Names, ImmutableSortedSet<string> Aliases, ImmutableSortedSet<string> Applications, ImmutableArray<string> Faults)
    {
        public static readonly Entry None = new([], NoNames, NoNames, []);

        public ILookup<string, MappedName> ByInterface => field ??= Names.ToLookup(static name => name.Interface.Name, StringComparer.Ordinal);

        public bool IsEmpty => Names.IsEmpty && Aliases.IsEmpty && Faults.IsEmpty;
    }
}
