using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;

namespace Gateway.Api.Facades.Eureka;

/// <summary>One application in one state: its instances by id. Immutable but for the bytes, which the first reader of each form makes.</summary>
internal sealed class EurekaApplication(string name, ImmutableArray<EurekaInstance> instances)
{
    private byte[]? _json;
    private byte[]? _xml;
    private (EurekaList? Json, EurekaList? Xml) _answers;

    public string Name => name;

    /// <summary>At least one, sorted by id; no two have the same id.</summary>
    public ImmutableArray<EurekaInstance> Instances => instances;

    /// <summary>Those that its instances are of; nearly always one.</summary>
    public ImmutableArray<ServiceKey> Services { get; } = [.. instances.Select(static one => one.Service).Distinct()];

    /// <summary>As a list contains it.</summary>
    public byte[] Bytes(IEurekaForm form) => form is EurekaJson ? _json ??= Make(form) : _xml ??= Make(form);

    /// <summary>As an answer of its own.</summary>
    public EurekaList Answer(IEurekaForm form) => form is EurekaJson
        ? _answers.Json ??= new EurekaList([form.BeginOne, Bytes(form), form.EndOne])
        : _answers.Xml ??= new EurekaList([form.BeginOne, Bytes(form), form.EndOne]);

    /// <summary>
    /// Java's clients tell instances of an application apart by their id alone, so where two have the same (every replica may say <c>orders-8080</c>), all but
    /// the oldest get their address added.
    /// </summary>
    public static EurekaApplication Of(string name, IEnumerable<EurekaInstance> found)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var instances = ImmutableArray.CreateBuilder<EurekaInstance>();
        foreach (var one in found.OrderBy(static one => one.RegisteredAt).ThenBy(static one => one.Key, StringComparer.Ordinal))
            instances.Add(ids.Add(one.InstanceId) ? one : one with { InstanceId = FreeId(one, ids) });
        instances.Sort(static (a, b) => string.CompareOrdinal(a.InstanceId, b.InstanceId));
        return new EurekaApplication(name, instances.DrainToImmutable());
    }

    // Clients choose their ids, so each of these may be another's.
    private static string FreeId(EurekaInstance one, HashSet<string> taken)
    {
        var id = $"{one.InstanceId}:{one.IpAddr}";
        while (!taken.Add(id))
            id += ":" + one.Key;
        return id;
    }

    private byte[] Make(IEurekaForm form) => form.Application(name, instances.Select(static one => (one, EurekaActions.Added)));
}
