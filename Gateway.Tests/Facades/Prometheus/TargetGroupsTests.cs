using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Api.Facades.Prometheus;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Facades.Prometheus;

/// <summary>Target groups of Prometheus' HTTP service discovery, in the gateway's form and in Nacos'.</summary>
public sealed class TargetGroupsTests
{
    private const string Prefix = "__meta_registry_gateway_";

    [Fact]
    public void AnInstanceIsOneTargetWithWhatIsKnownOfIt()
    {
        var group = Groups([One(metadata: [("lane", "blue"), ("prometheus.io/path", "/metrics")]) with { Weight = 50 }]).ShouldHaveSingleItem();

        JsonNode.DeepEquals(group, JsonNode.Parse("""
            {"targets":["10.1.2.3:8080"],"labels":{
              "__meta_registry_gateway_namespace":"shop","__meta_registry_gateway_service":"orders","__meta_registry_gateway_version":"2.0",
              "__meta_registry_gateway_protocol":"http","__meta_registry_gateway_id":"a","__meta_registry_gateway_status":"UP",
              "__meta_registry_gateway_source":"gateway","__meta_registry_gateway_address":"10.1.2.3","__meta_registry_gateway_port":"8080",
              "__meta_registry_gateway_pod":"orders-1","__meta_registry_gateway_pod_uid":"uid-1","__meta_registry_gateway_node":"node-1",
              "__meta_registry_gateway_zone":"zone-a","__meta_registry_gateway_weight":"50",
              "__meta_registry_gateway_metadata_lane":"blue","__meta_registry_gateway_metadata_prometheus_io_path":"/metrics"}}
            """)).ShouldBeTrue(group.ToJsonString());
    }

    [Fact]
    public void EveryStatusIsListedWithItsNameAndReason()
    {
        var groups = Groups([.. Enum.GetValues<InstanceStatus>().Select(static status => One() with { Status = status, Reason = status == InstanceStatus.Down ? "LeaseExpired" : null })]);

        groups.Select(static group => (string?)group["labels"]![Prefix + "status"]).ShouldBe(["UP", "STARTING", "OUT_OF_SERVICE", "DOWN", "TERMINATING"]);
        groups.Select(static group => (string?)group["labels"]![Prefix + "reason"]).ShouldBe([null, null, null, "LeaseExpired", null]);
        Groups([One(), One() with { Status = InstanceStatus.Down }], statuses: InstanceStatuses.Up).ShouldHaveSingleItem();
    }

    [Fact]
    public void AnIPv6AddressIsInBrackets() =>
        Groups([One() with { Address = "fd00::3" }]).ShouldHaveSingleItem()["targets"]!.ToJsonString().ShouldBe("""["[fd00::3]:8080"]""");

    [Fact]
    public void WhatHasNoAddressOrNoPortIsNoTarget() =>
        Groups([One() with { Address = null, Status = InstanceStatus.Starting }, One(port: 0)]).ShouldBeEmpty();

    [Theory]
    [InlineData(null, "10.1.2.3:8080", null)]
    [InlineData("metrics", "10.1.2.3:9090", "metrics")]
    [InlineData("9090", "10.1.2.3:9090", "metrics")]
    [InlineData("8080", "10.1.2.3:8080", null)]
    [InlineData("admin", null, null)]
    [InlineData("9", null, null)]
    public void APortIsChosenByNameOrNumber(string? wanted, string? target, string? name)
    {
        var groups = Groups([One(ports: [new("metrics", 9090, "TCP")])], wanted);

        groups.Select(static group => (string)group["targets"]![0]!).ShouldBe(target is null ? [] : [target]);
        groups.Select(static group => (string?)group["labels"]![Prefix + "port_name"]).ShouldBe(target is null ? [] : [name]);
    }

    [Fact]
    public void NoKeyOfMetadataMakesALabelThatPrometheusRefuses()
    {
        (string, string)[] metadata = [("1st", "a"), ("a.b", "b"), ("a-b", "c"), ("\u00fc", "d"), ("", "e"), ("empty ", ""), ("__address__", "evil:1"), ("__meta_clusterName", "evil")];
        var labels = Groups([One(metadata: metadata)]).ShouldHaveSingleItem()["labels"]!.AsObject();
        labels.Where(static label => label.Key.Contains("metadata", StringComparison.Ordinal)).Select(static label => $"{label.Key[Prefix.Length..]}={label.Value}")
            .ShouldBe(["metadata_=e", "metadata_1st=a", "metadata___address__=evil:1", "metadata___meta_clusterName=evil", "metadata_a_b=c", "metadata__=d"], ignoreOrder: true);

        var nacos = Nacos([One(metadata: metadata)]).ShouldHaveSingleItem()["labels"]!.AsObject();
        nacos.Select(static label => $"{label.Key}={label.Value}").ShouldBe(["__meta_clusterName=DEFAULT", "_=e", "_1st=a", "a_b=c", "empty_="], ignoreOrder: true);
        nacos.ShouldAllBe(static label => label.Key.Length > 0 && label.Key.All(static one => char.IsAsciiLetterOrDigit(one) || one == '_') && !char.IsAsciiDigit(label.Key[0]));
    }

    [Fact]
    public void NacosShowsEveryInstanceWithItsCluster()
    {
        var groups = Nacos([
            One(metadata: [("env", "prod")]) with { Clients = [new ClientAlias("nacos", "10.1.2.3#8080#HZ#DEFAULT_GROUP@@orders")] },
            One() with { Status = InstanceStatus.OutOfService, Address = "fd00::3" },
        ]);

        groups.Select(static group => group.ToJsonString()).ShouldBe([
            """{"targets":["10.1.2.3:8080"],"labels":{"__meta_clusterName":"HZ","env":"prod"}}""",
            """{"targets":["[fd00::3]:8080"],"labels":{"__meta_clusterName":"DEFAULT"}}""",
        ]);
    }

    private static IReadOnlyList<JsonNode> Groups(ImmutableArray<Instance> instances, string? port = null, InstanceStatuses statuses = InstanceStatuses.Any) =>
        Parse(TargetGroups.Write(instances, port, statuses));

    private static IReadOnlyList<JsonNode> Nacos(ImmutableArray<Instance> instances) => Parse(NacosTargets.Write(instances));

    private static IReadOnlyList<JsonNode> Parse(byte[] groups) => [.. JsonNode.Parse("[" + Encoding.UTF8.GetString(groups) + "]")!.AsArray().Select(static group => group!)];

    private static Instance One(int port = 8080, ImmutableArray<NamedPort>? ports = null, (string Key, string Value)[]? metadata = null) => new()
    {
        Id = "a",
        Key = new("shop", "orders", "", "2.0", "http", port),
        Address = "10.1.2.3",
        Ports = ports ?? [],
        Pod = new("orders-1", "uid-1", "node-1", "zone-a"),
        Source = InstanceSource.Gateway,
        Metadata = (metadata ?? []).ToImmutableSortedDictionary(static one => one.Key, static one => one.Value, StringComparer.Ordinal),
    };
}
