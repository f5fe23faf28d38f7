using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Api.Facades.Nacos;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>Lists as clients of v1, v2 and v3 read them.</summary>
public sealed class NacosListTests
{
    private static readonly NacosName Orders = new(NacosName.DefaultGroup, "orders");

    [Fact]
    public void AListHasEveryMemberThatClientsOfAnyVersionRead()
    {
        var text = Text(NacosApi.V1, [Up("10.0.0.1", "a", Alias("c1")) with { Weight = 150, Metadata = Map(("preserved.heart.beat.interval", "7000")) }], clusters: "c1,c2");

        text.ShouldBeJson("""
            {"name":"DEFAULT_GROUP@@orders","groupName":"DEFAULT_GROUP","clusters":"c1,c2","cacheMillis":3000,
             "hosts":[{"instanceId":"10.0.0.1#8080#c1#DEFAULT_GROUP@@orders","ip":"10.0.0.1","port":8080,"weight":1.5,"healthy":true,"enabled":true,"ephemeral":true,
               "clusterName":"c1","serviceName":"DEFAULT_GROUP@@orders","metadata":{"preserved.heart.beat.interval":"7000","zone":"a"},
               "instanceHeartBeatInterval":7000,"instanceHeartBeatTimeOut":15000,"ipDeleteTimeout":30000}],
             "checksum":"","allIps":false,"allIPs":false,"reachProtectionThreshold":false,"valid":true,"lastRefTime":1000000000000000}
            """);
    }

    [Fact]
    public void AnEmptyListIsAnEmptyArrayInEveryVersion()
    {
        JsonNode.Parse(Text(NacosApi.V1, []))!["hosts"]!.AsArray().ShouldBeEmpty();
        JsonNode.Parse(Text(NacosApi.V2, []))!["data"]!["hosts"]!.AsArray().ShouldBeEmpty();
        Text(NacosApi.V3, []).ShouldBeJson("""{"code":0,"message":"success","data":[]}""");
    }

    [Theory]
    [InlineData(InstanceStatus.Up, null, true)]
    [InlineData(InstanceStatus.Down, "NotReady", false)]
    [InlineData(InstanceStatus.Starting, "NotReady", false)]
    [InlineData(InstanceStatus.OutOfService, "ClientDown", false)]
    [InlineData(InstanceStatus.OutOfService, "ClientCritical", false)]
    [InlineData(InstanceStatus.OutOfService, "ClientWarning", false)]
    [InlineData(InstanceStatus.OutOfService, "ClientDisabled", null)]
    [InlineData(InstanceStatus.OutOfService, "ClientMaintenance", null)]
    [InlineData(InstanceStatus.OutOfService, "SetByOperator", null)]
    [InlineData(InstanceStatus.Terminating, null, null)]
    public void WhatIsOutOfServiceIsInNoListAndWhatIsNotReadyIsUnhealthy(InstanceStatus status, string? reason, bool? expected)
    {
        var hosts = JsonNode.Parse(Text(NacosApi.V3, [Up("10.0.0.1") with { Status = status, Reason = reason }]))!["data"]!.AsArray();
        hosts.Select(static host => (bool?)host!["healthy"]).SingleOrDefault().ShouldBe(expected);
    }

    [Fact]
    public void HealthyOnlyClustersAndGroupsAreFiltered()
    {
        ImmutableArray<Instance> all =
        [
            Up("10.0.0.1"), Up("10.0.0.2", client: Alias("c1")), Up("10.0.0.3") with { Status = InstanceStatus.Down },
            Up("10.0.0.4") with { Key = Up("10.0.0.4").Key with { Group = "blue" } },
        ];
        Ips(Text(NacosApi.V3, all)).ShouldBe(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        Ips(Text(NacosApi.V3, all, healthyOnly: true)).ShouldBe(["10.0.0.1", "10.0.0.2"]);
        Ips(Text(NacosApi.V3, all, clusters: "c1")).ShouldBe(["10.0.0.2"]);
        Ips(Text(NacosApi.V3, all, clusters: "DEFAULT, c1")).ShouldBe(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        Ips(Text(NacosApi.V3, all, name: new("blue", "orders"))).ShouldBe(["10.0.0.4"]);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.4, false)]
    [InlineData(0.5, true)]
    [InlineData(1, true)]
    public void AtOrBelowTheThresholdAllAreShownAsHealthy(double threshold, bool isProtected)
    {
        ImmutableArray<Instance> half = [Up("10.0.0.1"), Up("10.0.0.2") with { Status = InstanceStatus.Down }];
        var list = JsonNode.Parse(Text(NacosApi.V1, half, healthyOnly: true, threshold: threshold))!;
        ((bool)list["reachProtectionThreshold"]!).ShouldBe(isProtected);
        list["hosts"]!.AsArray().Count.ShouldBe(isProtected ? 2 : 1);
        list["hosts"]!.AsArray().ShouldAllBe(static host => (bool)host!["healthy"]!);
    }

    [Fact]
    public void WithoutAThresholdNoneIsShownAsHealthyThatIsNot()
    {
        var list = JsonNode.Parse(Text(NacosApi.V1, [Up("10.0.0.1") with { Status = InstanceStatus.Down }]))!;
        ((bool)list["hosts"]![0]!["healthy"]!).ShouldBeFalse();
        ((bool)list["reachProtectionThreshold"]!).ShouldBeFalse();
    }

    [Fact]
    public void AnInstanceWithoutAddressOrPortIsInNoListAndAnotherAddressOfItsPodIsShown()
    {
        ImmutableArray<Instance> all =
            [Up("10.0.0.1") with { Address = null }, Up("10.0.0.2") with { Key = Up("x").Key with { Port = 0 } }, Up("10.0.0.3") with { Host = "fd00::3" }];
        Ips(Text(NacosApi.V3, all)).ShouldBe(["fd00::3"]);
    }

    [Fact]
    public void OfTwoInstancesAtOneAddressAndPortTheHealthyOneIsListed()
    {
        ImmutableArray<Instance> all = [Up("10.0.0.1") with { Status = InstanceStatus.Down }, Up("10.0.0.1") with { Key = Up("x").Key with { Version = "2.0" } }];
        var host = JsonNode.Parse(Text(NacosApi.V3, all))!["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((bool)host["healthy"]!, (string?)host["metadata"]!["version"]).ShouldBe((true, "2.0"));
    }

    [Fact]
    public void TheTimeOfAListIsTheNewestVersionAfterTheCountOfRestoredBackups()
    {
        var layout = new RevisionLayout([]);
        var (pods, slices) = (layout.IndexOf(WatchedKind.Pods, ""), layout.IndexOf(WatchedKind.Slices, ""));
        var first = Revision.Empty(layout).Raise(new(pods, 0, 110)).Raise(new(slices, 0, 95));
        var restored = first.Raise(new(pods, 1, 50));

        TimeOf(first).ShouldBe(1_000_000_000_000_110ul);
        TimeOf(first.Raise(new(slices, 0, 120))).ShouldBe(1_000_000_000_000_120ul);
        TimeOf(restored).ShouldBe(2_000_000_000_000_050ul);
        TimeOf(restored.Raise(new(slices, 1, 60))).ShouldBe(2_000_000_000_000_060ul);
        var most = TimeOf(Revision.Empty(layout).Raise(new(pods, uint.MaxValue, ulong.MaxValue)));
        most.ShouldBeLessThan(1UL << 53);
        foreach (var time in new[] { TimeOf(Revision.Empty(layout)), TimeOf(first), most })
            time.ToString(CultureInfo.InvariantCulture).Length.ShouldBe(NacosTime.Length);

        ulong TimeOf(Revision revision) => NacosTime.Of(new RegistrySnapshot(layout) { Revision = revision }, "shop");
    }

    [Theory]
    [InlineData(RefusalCodes.Unauthenticated, 403, NacosFault.AccessDenied)]
    [InlineData(RefusalCodes.TokenExpired, 403, NacosFault.AccessDenied)]
    [InlineData(RefusalCodes.PodRequired, 403, NacosFault.AccessDenied)]
    [InlineData(RefusalCodes.NameReserved, 403, NacosFault.AccessDenied)]
    [InlineData(RefusalCodes.InvalidParameter, 400, NacosFault.ParameterInvalid)]
    [InlineData(RefusalCodes.InvalidRegistration, 400, NacosFault.InstanceInvalid)]
    [InlineData(RefusalCodes.NotWatched, 400, NacosFault.NamespaceInvalid)]
    [InlineData(RefusalCodes.PodTerminating, 409, NacosFault.Conflict)]
    [InlineData(RefusalCodes.BodyTooLarge, 413, NacosFault.ParameterInvalid)]
    [InlineData(RefusalCodes.RateLimited, 429, NacosFault.ServerError)]
    [InlineData(RefusalCodes.ClusterRefused, 503, NacosFault.ServerError)]
    [InlineData(RefusalCodes.NotSynced, 503, NacosFault.ServerError)]
    [InlineData(RefusalCodes.ReadOnly, 503, NacosFault.ServerError)]
    public void ARefusalHasTheStatusAndTheCodeThatNacosHasForIt(string code, int status, int nacosCode)
    {
        var fault = NacosFault.Of(new Refusal(code, "Why."));
        (fault.Status, fault.Code, fault.Detail).ShouldBe((status, nacosCode, "Why."));
    }

    private static string Text(
        NacosApi api, ImmutableArray<Instance> instances, string clusters = "", bool healthyOnly = false, double threshold = 0, NacosName? name = null) =>
        System.Text.Encoding.UTF8.GetString(NacosList.Encode(new(api, name ?? Orders, clusters, healthyOnly, null), instances, threshold));

    private static IEnumerable<string> Ips(string v3) => JsonNode.Parse(v3)!["data"]!.AsArray().Select(static host => (string)host!["ip"]!);

    private static ImmutableArray<ClientAlias> Alias(string cluster) => [new("nacos", $"x#8080#{cluster}#DEFAULT_GROUP@@orders", new NacosDetail(cluster, true).Write())];

    private static ImmutableSortedDictionary<string, string> Map(params (string Key, string Value)[] entries) =>
        entries.ToImmutableSortedDictionary(static entry => entry.Key, static entry => entry.Value, StringComparer.Ordinal);

    private static Instance Up(string address, string? zone = null, ImmutableArray<ClientAlias>? client = null) => new()
    {
        Id = address,
        Key = new("shop", "orders", "", "", "http", 8080),
        Address = address,
        Zone = zone,
        Status = InstanceStatus.Up,
        Clients = client ?? [],
    };
}
