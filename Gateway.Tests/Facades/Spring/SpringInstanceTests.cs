using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gateway.Api.Facades.Spring;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Instances;

namespace Gateway.Tests.Facades.Spring;

/// <summary>An instance as Spring Cloud Kubernetes' discovery client reads it.</summary>
public sealed class SpringInstanceTests
{
    private const string Own = "registry-gateway.io/";

    [Fact]
    public void AnInstanceHasEveryMemberThatTheClientReads()
    {
        var service = Service(labels: [("app", "orders")], annotations: [("team", "shop")]);
        var instance = One(ports: [new("http", 8080, "TCP")]) with { Source = InstanceSource.Endpoints };
        var json = JsonNode.Parse(SpringJson.List(SpringInstance.Read([instance], service, Own)))!;

        JsonNode.DeepEquals(json, JsonNode.Parse("""
            [{"instanceId":"uid-1","serviceId":"orders","host":"10.1.2.3","port":8080,
              "metadata":{"app":"orders","k8s_namespace":"shop","port.http":"8080","team":"shop","type":"ClusterIP","zone":"zone-a"},
              "secure":false,"namespace":"shop","cluster":null,"podMetadata":{"labels":{},"annotations":{}},
              "scheme":"http","uri":"http://10.1.2.3:8080"}]
            """)).ShouldBeTrue(json.ToJsonString());
    }

    [Fact]
    public void OnlyInstancesThatAreUpAreShown() =>
        SpringInstance.Read([.. Enum.GetValues<InstanceStatus>().Select(status => One(id: $"{status}", pod: $"{status}") with { Status = status })], null, Own)
            .ShouldHaveSingleItem().Id.ShouldBe("uid-Up");

    [Fact]
    public void TheIdsOfAServiceDifferAlsoForTwoInstancesOfOnePod()
    {
        ImmutableArray<Instance> instances = [One(id: "a"), One(id: "b", port: 8081), One(id: "c", pod: null)];

        SpringInstance.Read(instances, null, Own).Select(static one => one.Id).ShouldBe(["uid-1", "b", "c"]);
        SpringInstance.Read([instances[0] with { Status = InstanceStatus.OutOfService }, .. instances.Skip(1)], null, Own).Select(static one => one.Id)
            .ShouldBe(["b", "c"], "an id does not move to another instance when a status changes");
    }

    [Theory]
    [InlineData("grpc:9090,http:8080,https:8443", null, 8443)]
    [InlineData("grpc:9090,http:8080", null, 8080)]
    [InlineData("grpc:9090,admin:9091", null, 9090)]
    [InlineData("grpc:9090,http:8080,https:8443", "grpc", 9090)]
    [InlineData("grpc:9090,http:8080", "other", 8080)]
    [InlineData("grpc:9090", "other", 9090)]
    [InlineData("", null, 0)]
    public void ThePortIsThePrimaryOneElseHttpsHttpOrTheFirst(string ports, string? primary, int expected)
    {
        var read = ports.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static port => port.Split(':')).Select(static port => new NamedPort(port[0], int.Parse(port[1]), "TCP"));
        var service = primary is null ? Service() : Service(labels: [("primary-port-name", primary)]);

        SpringInstance.Read([One(port: 0, ports: [.. read])], service, Own).ShouldHaveSingleItem().Port.Number.ShouldBe(expected);
    }

    [Fact]
    public void ThePortThatWasRegisteredIsOneOfThePorts()
    {
        var one = SpringInstance.Read([One(port: 8080, ports: [new("admin", 9091, "TCP")])], null, Own).ShouldHaveSingleItem();

        one.Port.Number.ShouldBe(8080);
        one.Metadata["port.<unset>"].ShouldBe("8080");
        one.Metadata["port.admin"].ShouldBe("9091");
        one.Metadata.ShouldNotContainKey("type", "there is no Kubernetes Service of that name");
    }

    [Theory]
    [InlineData("http:8443", "", "", "", true)]
    [InlineData("http:443", "", "", "", true)]
    [InlineData("https:8080", "", "", "", true)]
    [InlineData("http:8080", "true", "", "", true)]
    [InlineData("http:8080", "", "yes", "", true)]
    [InlineData("http:8080", "", "", "on", true)]
    [InlineData("http:8080", "false", "no", "0", false)]
    [InlineData("http:8080", "", "", "", false)]
    public void SecureIsSaidByLabelAnnotationPortOrName(string port, string label, string annotation, string metadata, bool expected)
    {
        var service = Service(labels: [("secured", label)], annotations: [("secured", annotation)]);
        var instance = One(port: 0, ports: [new(port.Split(':')[0], int.Parse(port.Split(':')[1]), "TCP")]) with
        {
            Metadata = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("secured", metadata),
        };

        var one = SpringInstance.Read([instance], service, Own).ShouldHaveSingleItem();
        one.IsSecure.ShouldBe(expected);
        one.Uri.ShouldStartWith(expected ? "https://" : "http://");
    }

    [Fact]
    public void AServiceThatRegisteredHttpsIsSecure() =>
        SpringInstance.Read([One(protocol: "https")], null, Own).ShouldHaveSingleItem().Uri.ShouldBe("https://10.1.2.3:8080");

    [Fact]
    public void AnIPv6AddressIsInBracketsInTheUri()
    {
        var one = SpringInstance.Read([One() with { Address = "fd00::3" }], null, Own).ShouldHaveSingleItem();

        one.Host.ShouldBe("fd00::3");
        one.Uri.ShouldBe("http://[fd00::3]:8080");
    }

    [Fact]
    public void WhatWasRegisteredStandsOverTheServiceAndWhatTheProtocolDefinesOverBoth()
    {
        var service = Service(
            labels: [("lane", "blue"), ("zone", "of-the-label"), ("k8s_namespace", "other"), ("type", "other"), ("port.<unset>", "1")],
            annotations: [("kubectl.kubernetes.io/last-applied-configuration", "{}"), ("registry-gateway.io/interfaces", "com.example.A"), ("lane", "green")]);
        var metadata = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("lane", "red").Add("k8s_namespace", "foreign");

        var one = SpringInstance.Read([One() with { Metadata = metadata }], service, Own).ShouldHaveSingleItem();
        one.Metadata.ShouldBe(
            new Dictionary<string, string> { ["k8s_namespace"] = "shop", ["lane"] = "red", ["port.<unset>"] = "8080", ["type"] = "ClusterIP", ["zone"] = "of-the-label" },
            ignoreOrder: true);
    }

    [Fact]
    public void GroupAndVersionAreMetadataUnlessALabelHasThatName()
    {
        var instance = One() with { Key = new("shop", "orders", "eu", "2.0", "http", 8080) };

        var one = SpringInstance.Read([instance], Service(labels: [("version", "3")]), Own).ShouldHaveSingleItem();
        one.Metadata["group"].ShouldBe("eu");
        one.Metadata["version"].ShouldBe("3");
    }

    [Fact]
    public void LabelsOfPodsAreShownWhereTheyAreGiven()
    {
        var labels = new Dictionary<string, string> { ["version"] = "v2", ["app"] = "orders" };
        var json = JsonNode.Parse(SpringJson.List(SpringInstance.Read([One()], null, Own, _ => labels)))!;

        json[0]!["podMetadata"]!.ToJsonString().ShouldBe("""{"labels":{"app":"orders","version":"v2"},"annotations":{}}""");
    }

    private static Instance One(string id = "a", string? pod = "1", int port = 8080, string protocol = "http", ImmutableArray<NamedPort>? ports = null) => new()
    {
        Id = id,
        Key = new("shop", "orders", "", "", protocol, port),
        Address = "10.1.2.3",
        Ports = ports ?? [],
        Pod = pod is null ? null : new("orders-" + pod, "uid-" + pod, "node-1", "zone-a"),
        Source = InstanceSource.Gateway,
    };

    private static Service Service((string Key, string Value)[]? labels = null, (string Key, string Value)[]? annotations = null) => new()
    {
        Metadata = new()
        {
            Name = "orders",
            Namespace = "shop",
            Labels = (labels ?? []).ToDictionary(static one => one.Key, static one => one.Value),
            Annotations = (annotations ?? []).ToDictionary(static one => one.Key, static one => one.Value),
        },
    };
}
