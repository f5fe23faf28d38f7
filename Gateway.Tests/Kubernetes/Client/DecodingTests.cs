using System.Text;
using System.Text.Json;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Kubernetes.Models.Decoding;

namespace Gateway.Tests.Kubernetes.Client;

public sealed class DecodingTests
{
    [Fact]
    public void NativeSidecarsCountAsContainersAndOtherInitContainersDoNot()
    {
        var pod = Decode(PodDecoder.Read,
            """
            {"status":{"initContainerStatuses":[{"name":"setup","restartCount":0},{"name":"mesh","restartCount":3,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}],
             "containerStatuses":[{"name":"app","restartCount":1,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]},
             "spec":{"hostNetwork":true,"initContainers":[{"name":"setup"},{"name":"mesh","restartPolicy":"Always"}],"containers":[{"name":"app"},{"name":"log"}]},
             "metadata":{"name":"p"}}
            """);
        pod.Containers.ShouldBe(["app", "log", "mesh"]);
        pod.ContainerStatuses.ShouldBe([new("app", 1, null), new("mesh", 3, new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))]);
        pod.HostNetwork.ShouldBeTrue();
        pod.ServiceAccountName.ShouldBe("default");
        pod.Phase.ShouldBe(PodPhase.Unknown);
        pod.Ready.ShouldBeFalse();
    }

    [Theory]
    [InlineData("containerd://0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ab")]
    [InlineData("cri-o://0123456789ab", "0123456789ab")]
    [InlineData("docker://0123456789a", null)]
    [InlineData("containerd://app-1-and-more", null)]
    [InlineData("0123456789abcdef", null)]
    [InlineData("", null)]
    public void ARunIsTheFirstDigitsOfTheContainerId(string containerId, string? expected) =>
        Decode(PodDecoder.Read, $$"""{"metadata":{"name":"p"},"status":{"containerStatuses":[{"name":"app","containerID":"{{containerId}}"}]} }""")
            .ContainerStatuses[0].Run.ShouldBe(expected);

    [Theory]
    [InlineData("""{"name":"app","ready":false,"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off"}}}""", "CrashLoopBackOff")]
    [InlineData("""{"state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}},"ready":false,"name":"app"}""", "OOMKilled")]
    [InlineData("""{"name":"app","ready":false,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}""", "NotReady")]
    [InlineData("""{"name":"app","ready":false,"state":{"waiting":{"reason":""}}}""", "NotReady")]
    [InlineData("""{"name":"app","ready":true,"state":{"running":{}}}""", null)]
    [InlineData("""{"name":"app","state":{"waiting":{"reason":"PodInitializing"}}}""", null)]
    public void AContainerThatIsNotReadySaysWhy(string status, string? expected) =>
        Decode(PodDecoder.Read, $$"""{"metadata":{"name":"p"},"status":{"containerStatuses":[{{status}}]} }""").ContainerStatuses[0].Problem.ShouldBe(expected);

    [Theory]
    [InlineData("""{"podIP":"10.0.0.1"}""", "10.0.0.1")]
    [InlineData("""{"podIP":"10.0.0.1","podIPs":[{"ip":"10.0.0.1"},{"ip":"fd00::1"}]}""", "10.0.0.1,fd00::1")]
    [InlineData("""{"podIP":"","podIPs":null}""", "")]
    [InlineData("null", "")]
    public void AddressesAreTheListElseTheOne(string status, string addresses) =>
        string.Join(',', Decode(PodDecoder.Read, $$"""{"metadata":{"name":"p"},"status":{{status}}}""").PodIPs).ShouldBe(addresses);

    [Fact]
    public void EscapedTextIsUnescapedAndCountedAsWhatItMeans()
    {
        var pod = Decode(PodDecoder.Read, """{"metadata":{"name":"p","annotations":{"a\u002fb":"\u00e9\n","c":"é"},"labels":{"k":"\u0076"}}}""");
        pod.Metadata.Annotations["a/b"].ShouldBe("é\n");
        pod.Metadata.AnnotationBytes.ShouldBe(3 + 3 + 1 + 2);
        pod.Metadata.Labels["k"].ShouldBe("v");
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"p","resourceVersion":"x"}}""")]
    [InlineData("""{"metadata":{"name":"p","resourceVersion":7}}""")]
    [InlineData("""{"metadata":{"name":"p","labels":{"a":1}}}""")]
    [InlineData("""{"metadata":{"name":"p","labels":[]}}""")]
    [InlineData("""{"metadata":{"name":"p","deletionTimestamp":"yesterday"}}""")]
    [InlineData("""{"metadata":{"name":"p"},"spec":{"containers":{}}}""")]
    [InlineData("""{"metadata":{"name":"p"},"spec":{"containers":["app"]}}""")]
    [InlineData("""{"metadata":{"name":"p"},"status":{"containerStatuses":[{"name":"a","restartCount":"1"}]}}""")]
    [InlineData("""{"metadata":{"name":"p","uid":"\ud800"}}""")]
    [InlineData("""{"metadata":{}}""")]
    [InlineData("""{"kind":"Node","metadata":{"name":"p"}}""")]
    [InlineData("""{"metadata":{"name":"p"}""")]
    [InlineData("""{}""")]
    public void AnythingElseThanItsKindSaysIsAJsonException(string json) => Should.Throw<JsonException>(() => Decode(PodDecoder.Read, json));

    [Fact]
    public void AHeadlessServiceWithoutSelectorAndANamedTargetPort()
    {
        var service = Decode(ServiceDecoder.Read,
            """{"metadata":{"name":"s"},"spec":{"clusterIP":"None","ports":[{"port":80,"targetPort":"web","appProtocol":"h2c"}],"publishNotReadyAddresses":true}}""");
        service.IsHeadless.ShouldBeTrue();
        service.Selector.ShouldBeNull();
        service.Ports.ShouldBe([new("", 80, "web", "TCP", "h2c")]);
        service.PublishNotReadyAddresses.ShouldBeTrue();
    }

    [Fact]
    public void UnknownConditionsOfAnEndpointStayUnknown()
    {
        var slice = Decode(EndpointSliceDecoder.Read,
            """{"metadata":{"name":"s"},"addressType":"IPv6","endpoints":[{"addresses":["fd00::1"],"conditions":{"ready":null}},{"addresses":["fd00::2"]}],"ports":null}""");
        slice.AddressType.ShouldBe("IPv6");
        slice.Endpoints.ShouldAllBe(static endpoint => endpoint.Ready == null && endpoint.Serving == null && endpoint.Target == null);
        slice.Ports.ShouldBeEmpty();
        slice.ServiceName.ShouldBeNull();
    }

    [Fact]
    public void EndpointsOfBothFamiliesAreASliceEach()
    {
        var endpoints = Decode(EndpointsDecoder.Read,
            """{"metadata":{"name":"e","namespace":"shop","labels":{"x":"y"}},"subsets":[{"addresses":[{"ip":"10.0.0.1"},{"ip":"fd00::1"}],"ports":[{"port":1}]},{"notReadyAddresses":[{"ip":"10.0.0.2"}]}]}""");
        endpoints.Slices.Select(static slice => (slice.AddressType, slice.Endpoints.Length, slice.ServiceName, slice.Metadata.Labels["x"]))
            .ShouldBe([("IPv4", 1, "e", "y"), ("IPv6", 1, "e", "y"), ("IPv4", 1, "e", "y")]);
        endpoints.Slices.Select(static slice => slice.Metadata.Name).ShouldBeUnique();
    }

    [Fact]
    public void EqualTextIsOneObject()
    {
        const string json = """{"metadata":{"name":"p","namespace":"shop","labels":{"app":"orders"}},"spec":{"nodeName":"n1"}}""";
        var context = new DecodeContext(new StringPool(), null);
        var (first, second) = (Decode(PodDecoder.Read, json, context), Decode(PodDecoder.Read, json, context));
        second.Metadata.Namespace.ShouldBeSameAs(first.Metadata.Namespace);
        second.Metadata.Labels.ShouldBeSameAs(first.Metadata.Labels);
        second.NodeName.ShouldBeSameAs(first.NodeName);
    }

    [Fact]
    public void AMapOfStringsIsEqualByContentAndTheLaterOfTwoEqualKeysCounts()
    {
        var map = new StringMap([new("a", "1"), new("b", "2"), new("a", "3")]);
        map.Count.ShouldBe(2);
        map["a"].ShouldBe("3");
        map.Equals(new StringMap([new("b", "2"), new("a", "3")])).ShouldBeTrue();
        map.GetHashCode().ShouldBe(new StringMap([new("b", "2"), new("a", "3")]).GetHashCode());
        map.Equals(new StringMap([new("b", "2"), new("a", "4")])).ShouldBeFalse();
    }

    private static T Decode<T>(ObjectDecoder<T> decode, string json, DecodeContext? context = null)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return decode(ref reader, context ?? new(new StringPool(), null));
    }
}
