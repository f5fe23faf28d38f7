using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// All applications of one namespace in one state. Immutable but for answers, which the first reader of each makes; what did not change is shared with
/// the state before.
/// </summary>
internal sealed class EurekaDirectory
{
    // VIP addresses are of instances that exist, so there are no more of them than there are instances; what fits no instance is not kept.
    private readonly ConcurrentDictionary<(string Vip, bool IsSecure, IEurekaForm Form), EurekaVip> _vips;
    private string? _hash;
    private EurekaList? _json;
    private EurekaList? _xml;

    public EurekaDirectory(RegistrySnapshot snapshot, ImmutableSortedDictionary<string, EurekaApplication> applications)
        : this(snapshot, applications, [])
    {
    }

    private EurekaDirectory(
        RegistrySnapshot snapshot, ImmutableSortedDictionary<string, EurekaApplication> applications,
        ConcurrentDictionary<(string Vip, bool IsSecure, IEurekaForm Form), EurekaVip> vips) => (Snapshot, Applications, _vips) = (snapshot, applications, vips);

    /// <summary>The newest that it was made from.</summary>
    public RegistrySnapshot Snapshot { get; }

    /// <summary>By name in upper case; none is without instances.</summary>
    public ImmutableSortedDictionary<string, EurekaApplication> Applications { get; }

    public string Hash => _hash ??= EurekaList.HashOf(Applications.Values.SelectMany(static one => one.Instances));

    public EurekaList All(IEurekaForm form) => form is EurekaJson ? _json ??= Make(form) : _xml ??= Make(form);

    public EurekaApplication? Find(string app) => Applications.GetValueOrDefault(app.ToUpperInvariant());

    public EurekaInstance? Find(string app, string id) => Find(app)?.Instances.FirstOrDefault(one => one.InstanceId == id);

    /// <summary>The first application's that has that id.</summary>
    public EurekaInstance? FindAnywhere(string id) =>
        Applications.Values.Select(app => app.Instances.FirstOrDefault(one => one.InstanceId == id)).FirstOrDefault(static found => found is not null);

    /// <summary>The instances with that VIP address, whatever their status: clients filter themselves.</summary>
    public EurekaVip WithVip(string vip, bool isSecure, IEurekaForm form)
    {
        var key = (vip.ToUpperInvariant(), isSecure, form);
        if (_vips.TryGetValue(key, out var known))
            return known;
        var found = Applications.Values
            .Select(app => (app.Name, Instances: app.Instances.Where(one => one.HasVip(vip, isSecure)).ToList()))
            .Where(static app => app.Instances.Count > 0).ToList();
        var list = new EurekaVip(EurekaList.Of(
            form, EurekaList.HashOf(found.SelectMany(static app => app.Instances)), 1,
            found.Select(app => Applications[app.Name] is { } whole && whole.Instances.Length == app.Instances.Count
                ? whole.Bytes(form)
                : form.Application(app.Name, app.Instances.Select(static one => (one, EurekaActions.Added))))),
            [.. found.SelectMany(static app => app.Instances).Select(static one => one.Service).Distinct()]);
        return found.Count == 0 ? list : _vips.GetOrAdd(key, list);
    }

    /// <summary>The same applications in a later snapshot.</summary>
    public EurekaDirectory In(RegistrySnapshot later) => new(later, Applications, _vips) { _hash = _hash, _json = _json, _xml = _xml };

    private EurekaList Make(IEurekaForm form) => EurekaList.Of(form, Hash, 1, Applications.Values.Select(one => one.Bytes(form)));
}

/// <summary>The instances of a VIP address, and the services that they are of.</summary>
internal sealed record EurekaVip(EurekaList List, ImmutableArray<ServiceKey> Services);
