using Gateway.Api.Facades.Consul.Filter;

namespace Gateway.Api.Facades.Consul;

/// <summary>The selectors of each kind of answer.</summary>
internal static class ConsulFilters
{
    public static readonly FilterSchema<ConsulEntry> Health = new(
        ("Node.ID", Text(static one => one.Node.Id)), ("Node.Node", Text(static one => one.Node.Name)), ("Node.Address", Text(static one => one.Node.Address)),
        ("Node.Datacenter", Text(static _ => ConsulNode.Datacenter)), ("Node.Meta", FilterField<ConsulEntry>.Map(static one => one.Node.Meta)),
        ("Service.ID", Text(static one => one.Id)), ("Service.Service", Text(static one => one.Service)), ("Service.Address", Text(static one => one.Address)),
        ("Service.Port", FilterField<ConsulEntry>.Number(static one => one.Port)), ("Service.Tags", FilterField<ConsulEntry>.Texts(static one => one.Tags)),
        ("Service.Meta", FilterField<ConsulEntry>.Map(static one => one.Meta)), ("Service.Kind", Text(static _ => "")),
        ("Service.Weights.Passing", FilterField<ConsulEntry>.Number(static one => one.Passing)),
        ("Service.Weights.Warning", FilterField<ConsulEntry>.Number(static one => one.Warning)),
        ("Service.EnableTagOverride", FilterField<ConsulEntry>.Flag(static one => one.EnableTagOverride)),
        ("Checks.Status", Checks(static check => check.Status)), ("Checks.CheckID", Checks(static check => check.Id)),
        ("Checks.Name", Checks(static check => check.Name)), ("Checks.Output", Checks(static check => check.Output)),
        ("Checks.Notes", Checks(static check => check.Notes)), ("Checks.Type", Checks(static check => check.Type)));

    public static readonly FilterSchema<ConsulEntry> Catalog = new(
        ("ID", Text(static one => one.Node.Id)), ("Node", Text(static one => one.Node.Name)), ("Address", Text(static one => one.Node.Address)),
        ("Datacenter", Text(static _ => ConsulNode.Datacenter)), ("NodeMeta", FilterField<ConsulEntry>.Map(static one => one.Node.Meta)),
        ("ServiceID", Text(static one => one.Id)), ("ServiceName", Text(static one => one.Service)), ("ServiceAddress", Text(static one => one.Address)),
        ("ServicePort", FilterField<ConsulEntry>.Number(static one => one.Port)), ("ServiceTags", FilterField<ConsulEntry>.Texts(static one => one.Tags)),
        ("ServiceMeta", FilterField<ConsulEntry>.Map(static one => one.Meta)), ("ServiceKind", Text(static _ => "")),
        ("ServiceWeights.Passing", FilterField<ConsulEntry>.Number(static one => one.Passing)),
        ("ServiceWeights.Warning", FilterField<ConsulEntry>.Number(static one => one.Warning)),
        ("ServiceEnableTagOverride", FilterField<ConsulEntry>.Flag(static one => one.EnableTagOverride)));

    public static readonly FilterSchema<ConsulEntry> Agent = new(
        ("ID", Text(static one => one.Id)), ("Service", Text(static one => one.Service)), ("Address", Text(static one => one.Address)),
        ("Port", FilterField<ConsulEntry>.Number(static one => one.Port)), ("Tags", FilterField<ConsulEntry>.Texts(static one => one.Tags)),
        ("Meta", FilterField<ConsulEntry>.Map(static one => one.Meta)), ("Kind", Text(static _ => "")), ("Datacenter", Text(static _ => ConsulNode.Datacenter)),
        ("Weights.Passing", FilterField<ConsulEntry>.Number(static one => one.Passing)),
        ("Weights.Warning", FilterField<ConsulEntry>.Number(static one => one.Warning)),
        ("EnableTagOverride", FilterField<ConsulEntry>.Flag(static one => one.EnableTagOverride)));

    public static readonly FilterSchema<CheckOfEntry> Check = new(
        ("Node", OfCheck(static one => one.Entry.Node.Name)), ("CheckID", OfCheck(static one => one.Check.Id)), ("Name", OfCheck(static one => one.Check.Name)),
        ("Status", OfCheck(static one => one.Check.Status)), ("Notes", OfCheck(static one => one.Check.Notes)), ("Output", OfCheck(static one => one.Check.Output)),
        ("ServiceID", OfCheck(static one => one.Entry.Id)), ("ServiceName", OfCheck(static one => one.Entry.Service)), ("Type", OfCheck(static one => one.Check.Type)),
        ("ServiceTags", FilterField<CheckOfEntry>.Texts(static one => one.Entry.Tags)));

    private static FilterField<ConsulEntry> Text(Func<ConsulEntry, string?> value) => FilterField<ConsulEntry>.Text(value);

    private static FilterField<CheckOfEntry> OfCheck(Func<CheckOfEntry, string?> value) => FilterField<CheckOfEntry>.Text(value);

    private static FilterField<ConsulEntry> Checks(Func<ShownCheck, string> value) => FilterField<ConsulEntry>.AnyOf(one => one.Checks.Select(value));
}

/// <summary>One check and the service that it belongs to.</summary>
internal sealed record CheckOfEntry(ConsulEntry Entry, ShownCheck Check);
