using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Gateway.Api.Facades.Eureka;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Facades.Eureka;

/// <summary>States of one namespace without a cluster behind them, and answers as clients read them.</summary>
internal sealed class EurekaStates(TimeProvider time)
{
    private static readonly RevisionLayout Layout = new([]);
    private ulong _sequence;

    public EurekaNamespace Namespace { get; } = new(time);

    public EurekaDirectory Show(params Instance[] instances)
    {
        var sequence = ++_sequence;
        var services = instances.GroupBy(static one => one.Service)
            .Select(one => new ServiceSnapshot(one.Key, Revision.Empty(Layout), sequence, [.. one.OrderBy(static item => item.Id, StringComparer.Ordinal)]))
            .OrderBy(static one => one.Key).ToList();
        return Namespace.At(new RegistrySnapshot(Layout) { Sequence = sequence, HasSynced = true }, services, static service => service.Instances);
    }

    public static Instance Instance(string service, string address, int port = 8080, InstanceStatus status = InstanceStatus.Up, EurekaDetail? detail = null, string? id = null, string? reason = null)
    {
        var key = new RegistrationKey("shop", service, "", "", "http", port);
        return new Instance
        {
            Id = key.IdFor(address),
            Key = key,
            Address = address,
            Addresses = [address],
            Status = status,
            Reason = reason,
            RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000),
            Clients = id is null ? [] : [new ClientAlias("eureka", EurekaInstance.AliasOf(detail?.App ?? service, id), (detail ?? EurekaDetail.None).ToJson())],
        };
    }

    public static string Text(EurekaList list)
    {
        var text = Encoding.UTF8.GetString([.. list.Pieces.SelectMany(static piece => piece.ToArray())]);
        Encoding.UTF8.GetByteCount(text).ShouldBe((int)list.Length);
        return text;
    }

    public static JsonNode Json(EurekaList list) => JsonNode.Parse(Text(list))!["applications"]!;

    public static XElement Xml(EurekaList list) => XElement.Parse(Text(list));

    /// <summary>Application, id, status and action of each instance, in the answer's order.</summary>
    public static IReadOnlyList<string> Lines(EurekaList list) => [.. Json(list)["application"]!.AsArray().SelectMany(
        static app => app!["instance"]!.AsArray().Select(one => $"{app["name"]} {one!["instanceId"]} {one["status"]} {one["actionType"]}"))];
}
