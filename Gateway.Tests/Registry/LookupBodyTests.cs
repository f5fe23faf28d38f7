using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Projection;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Tests.Registry;

public sealed class LookupBodyTests
{
    private static readonly Instance Full = new()
    {
        Id = "0123456789abcdef0123456789abcdef",
        Key = new RegistrationKey("shop", "orders", "g", "1.0", "http", 8080),
        Address = "10.1.0.1",
        Addresses = ["10.1.0.1", "fd00::1"],
        Ports = [new NamedPort("admin", 9090, "http"), new NamedPort("", 53, "udp")],
        Status = InstanceStatus.Starting,
        Reason = "NotReady",
        Weight = 7,
        Pod = new PodReference("a", "uid-a", "node-1", null),
        Metadata = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("ключ", "<é&\"\n\t😀>"),
        Source = InstanceSource.DubboGo,
        RegisteredAt = new DateTimeOffset(2026, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)),
        Revision = "r",
    };

    [Fact]
    public void MembersStandInTheContractsOrder() => Json(Full).ShouldBe(string.Concat(
        """{"id":"0123456789abcdef0123456789abcdef","namespace":"shop","service":"orders","group":"g","version":"1.0",""",
        """ "address":"10.1.0.1","addresses":["10.1.0.1","fd00::1"],"port":8080,""".TrimStart(),
        """ "ports":[{"name":"admin","port":9090,"protocol":"http"},{"name":null,"port":53,"protocol":"udp"}],""".TrimStart(),
        """ "protocol":"http","status":"STARTING","reason":"NotReady","weight":7,""".TrimStart(),
        """ "pod":{"name":"a","uid":"uid-a","node":"node-1","zone":null},"metadata":{"ключ":"<é&\"\n\t\uD83D\uDE00>"},""".TrimStart(),
        """ "source":"dubbo-go","registeredAt":"2026-01-01T00:00:00Z","revision":"r","hostname":null}""".TrimStart()));

    [Fact]
    public void WhatIsUnsetIsNullAndNeverAbsent()
    {
        var json = JsonDocument.Parse(Json(new Instance { Id = "x", Key = new RegistrationKey("shop", "orders", "", "", "tcp", 0) })).RootElement;
        json.EnumerateObject().Where(static member => member.Value.ValueKind == JsonValueKind.Null).Select(static member => member.Name)
            .ShouldBe(["address", "port", "reason", "pod", "registeredAt", "hostname"]);
        json.GetProperty("group").GetString().ShouldBe("");
        json.GetProperty("version").GetString().ShouldBe("");
        json.GetProperty("metadata").EnumerateObject().ShouldBeEmpty();
        json.EnumerateObject().Count().ShouldBe(19);
    }

    [Theory]
    [InlineData("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.5Z")]
    [InlineData("2026-01-01T00:00:00.0000000Z", "2026-01-01T00:00:00Z")]
    [InlineData("2026-01-01T01:00:00.1234567+01:00", "2026-01-01T00:00:00.1234567Z")]
    public void TimesHaveAFractionOnlyWhereThereIsOne(string time, string expected) =>
        InstanceJson.Time(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(expected);

    [Fact]
    public void EveryShownMemberMovesTheInstancesRevision()
    {
        Instance[] others =
        [
            Full with { Address = "10.1.0.2" }, Full with { Addresses = ["10.1.0.1"] }, Full with { Ports = [] }, Full with { Status = InstanceStatus.Up },
            Full with { Reason = null }, Full with { Weight = 8 }, Full with { Pod = null }, Full with { Metadata = Full.Metadata.Clear() },
            Full with { Source = InstanceSource.Generic }, Full with { RegisteredAt = null }, Full with { Key = Full.Key with { Group = "" } },
        ];
        others.Append(Full).Select(InstanceJson.RevisionOf).Distinct().Count().ShouldBe(others.Length + 1);
        InstanceJson.RevisionOf(Full with { Revision = "another" }).ShouldBe(InstanceJson.RevisionOf(Full));
        others.ShouldAllBe(static other => !InstanceMerge.IsSame(other, Full));
        InstanceMerge.IsSame(Full with { Revision = "another", Addresses = [.. Full.Addresses], Ports = [.. Full.Ports] }, Full).ShouldBeTrue();
    }

    [Fact]
    public void TheAnswerIsWholeWhetherStaleOrNot()
    {
        var service = Service(Full with { Status = InstanceStatus.Up });
        var body = service.View(LookupFilter.Default).Body;
        foreach (var stale in new[] { false, true })
        {
            var written = new ArrayBufferWriter<byte>();
            body.WriteTo(written, stale);
            written.WrittenCount.ShouldBe(body.Length(stale));
            var json = JsonDocument.Parse(written.WrittenMemory).RootElement;
            json.EnumerateObject().Select(static member => member.Name).ShouldBe(["namespace", "service", "known", "revision", "stale", "fallback", "instances"]);
            json.GetProperty("stale").GetBoolean().ShouldBe(stale);
            json.GetProperty("revision").GetString().ShouldBe(service.Revision.ToString());
            json.GetProperty("fallback").GetProperty("dns").GetString().ShouldBe("orders.shop.svc");
            json.GetProperty("fallback").GetProperty("clusterIP").ValueKind.ShouldBe(JsonValueKind.Null);
            json.GetProperty("instances").GetArrayLength().ShouldBe(1);
        }
    }

    [Fact]
    public void AViewIsMadeOnceAndHoldsOnlyWhatFits()
    {
        var service = Service(Full, Full with { Id = "1", Status = InstanceStatus.Up });
        service.View(LookupFilter.Default).ShouldBeSameAs(service.View(new LookupFilter()));
        service.View(LookupFilter.Default).Body.ShouldBeSameAs(service.View(LookupFilter.Default).Body);
        service.View(LookupFilter.Default).Instances.ShouldHaveSingleItem().Id.ShouldBe("1");
        service.View(LookupFilter.Any).Instances.Length.ShouldBe(2);
        service.View(LookupFilter.Any).ShouldBeSameAs(service.View(LookupFilter.Any));
    }

    [Fact]
    public void TheETagIsWeakAndKnowsNothingOfTheRevision()
    {
        var up = Full with { Status = InstanceStatus.Up };
        var tag = Service(up).View(LookupFilter.Default).ETag;
        tag.ShouldMatch("^W/\"[0-9a-f]{32}\"$");
        var later = new ServiceSnapshot(new ServiceKey("shop", "orders"), Revision.Empty(RevisionLayout.WholeCluster).At(9, 9), 9, [up], Service(up).Fallback);
        later.View(LookupFilter.Default).ETag.ShouldBe(tag);
        Service(up with { Weight = 1 }).View(LookupFilter.Default).ETag.ShouldNotBe(tag);
        Service().View(LookupFilter.Default).ETag.ShouldNotBe(tag);
    }

    private static ServiceSnapshot Service(params Instance[] instances) => new(
        new ServiceKey("shop", "orders"), Revision.Empty(RevisionLayout.WholeCluster), 1, [.. instances],
        new Fallback("orders.shop.svc", null, [new FallbackPort(null, 80, "tcp")]));

    private static string Json(Instance instance)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, InstanceJson.WriterOptions))
            InstanceJson.Write(writer, instance);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
