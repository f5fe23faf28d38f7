using System.Text.Json.Nodes;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class NativeFormatTests
{
    private static readonly RegistrationRecord _orders = Record("orders", 8080);

    [Fact]
    public void DefaultsAreNotStored() =>
        NativeFormat.Write(_orders with { Container = "app" })
            .ShouldBe("""{"v":1,"service":"orders","port":8080,"container":"app","registeredAt":"2023-11-14T22:13:20Z"}""");

    [Fact]
    public void EveryMemberHasItsPlace() =>
        NativeFormat.Write(Record("orders", 8080, "grpc", "g", "2.0", new Dictionary<string, string> { ["z"] = "1", ["a"] = "é<&" }) with
        {
            Ports = [new("admin", 9000, "grpc"), new("web", 80, "http")],
            Weight = 0,
            Ttl = 30,
            Container = "app",
            RestartCount = 2,
            Run = "0123456789ab",
            Host = "fd00::1",
            PostedAt = DateTimeOffset.UnixEpoch.AddMilliseconds(1_700_000_001_500),
            OutOfService = OutOfService.ByOther,
            Mirrors = ["generic"],
        }).ShouldBe(
            """
            {"v":1,"service":"orders","port":8080,"group":"g","version":"2.0","protocol":"grpc",
            "ports":[{"name":"admin","port":9000},{"name":"web","port":80,"protocol":"http"}],"metadata":{"a":"é<&","z":"1"},
            "weight":0,"ttl":30,"container":"app","restarts":2,"run":"0123456789ab","host":"fd00::1","registeredAt":"2023-11-14T22:13:20Z","postedAt":"2023-11-14T22:13:21.5Z",
            "outOfService":"other","mirrors":["generic"]}
            """.ReplaceLineEndings(""));

    [Fact]
    public void WhatWasWrittenIsReadBack_TenThousandTimes()
    {
        var generated = new GeneratedRegistrations(1);
        for (var i = 0; i < 10_000; i++)
        {
            var record = generated.NextOfAnyState();
            var value = NativeFormat.Write(record);
            var read = With((Options.KeyOf(record.Id), value)).Read().Registrations.ShouldHaveSingleItem();
            NativeFormat.Write(read).ShouldBe(value);
            ShouldBeSame(read, record);
        }
    }

    [Theory]
    [InlineData("""{"v":1,"later":[1,{"v":2}],"weight":7}""", ""","later":[1,{"v":2}]}""")]
    [InlineData("""{"v":1,"\u006cater":1}""", ""","later":1}""")]
    [InlineData("""{"v":1,"a-name-that-is-longer-than-any-of-ours-is":1}""", ""","a-name-that-is-longer-than-any-of-ours-is":1}""")]
    [InlineData("""{"v":1,"\u0077eight":7,"metadata":{"later":"1"}}""", "}")]
    [InlineData("""{"v":1,"weight":7,"weight":8}""", "}")]
    [InlineData("""{"v":1,"later":1,"later":2}""", "}")]
    [InlineData("""{"v":1,"later":1""", "}")]
    [InlineData("""{"v":1,"weight":7""", "}")]
    public void OnlyMembersThatAreUnknownAreKept(string existing, string kept)
    {
        var written = NativeFormat.Write(_orders);
        NativeFormat.Rewrite(_orders, existing).ShouldBe(written[..^1] + kept);
    }

    [Fact]
    public void UnknownMembersSurviveARewrite()
    {
        var written = """{"later":{"a":[1,null]},"v":1,"service":"orders","port":8080,"weight":7,"note":null}""";
        var rewritten = NativeFormat.Rewrite(_orders with { Weight = 5 }, written);
        rewritten.ShouldBe(
            """{"v":1,"service":"orders","port":8080,"weight":5,"registeredAt":"2023-11-14T22:13:20Z","later":{"a":[1,null]},"note":null}""");
        NativeFormat.Write(_orders with { Weight = 5 }, (JsonObject)JsonNode.Parse(written)!).ShouldBe(rewritten);
        NativeFormat.Rewrite(_orders with { Weight = 5 }, rewritten).ShouldBe(rewritten);
        With((Options.KeyOf(_orders.Id), rewritten)).Read().Registrations.ShouldHaveSingleItem().Weight.ShouldBe(5);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("no JSON")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    public void WhatIsNoObjectIsOverwritten(string? existing) => NativeFormat.Rewrite(_orders, existing).ShouldBe(NativeFormat.Write(_orders));

    [Fact]
    public void AnnotationsCopiedToAnotherPodAreNotItsOwn()
    {
        var pod = With((Options.KeyOf(_orders.Id), NativeFormat.Write(_orders)));
        pod.Read().Registrations.ShouldHaveSingleItem().Id.ShouldBe(_orders.Id);

        var copy = (pod with { Metadata = pod.Metadata with { Uid = "another" } }).Read();
        copy.Registrations.ShouldBeEmpty();
        var unreadable = copy.Unreadable.ShouldHaveSingleItem();
        unreadable.Id.ShouldBe(_orders.Id);
        unreadable.Reason.ShouldContain("belongs to another pod");
    }

    [Fact]
    public void TheNamespaceIsAlwaysThePods()
    {
        var elsewhere = With((Options.KeyOf(_orders.Id), NativeFormat.Write(_orders)));
        elsewhere = elsewhere with { Metadata = elsewhere.Metadata with { Namespace = "billing" } };
        elsewhere.Read().Unreadable.ShouldHaveSingleItem().Reason.ShouldContain("belongs to another pod");
    }

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{", "is not JSON")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("""{"service":"orders","port":8080}""", "v must be")]
    [InlineData("""{"v":"1","service":"orders","port":8080}""", "v must be")]
    [InlineData("""{"v":2,"service":"orders","port":8080}""", "newer version")]
    [InlineData("""{"v":1,"port":8080}""", "service is missing")]
    [InlineData("""{"v":1,"service":"orders"}""", "port is missing")]
    [InlineData("""{"v":1,"service":5,"port":8080}""", "service must be a string")]
    [InlineData("""{"v":1,"service":"a b","port":8080}""", "service must be 1 to 253")]
    [InlineData("""{"v":1,"service":"orders","port":"8080"}""", "port must be a whole number from 1 to 65535")]
    [InlineData("""{"v":1,"service":"orders","port":65536}""", "port must be")]
    [InlineData("""{"v":1,"service":"orders","port":8080.5}""", "port must be")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"weight":10001}""", "weight must be")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"metadata":{"a":1}}""", "metadata.a must be a string")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"metadata":[]}""", "metadata must be an object")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"metadata":{"a":"\ud800"}}""", "Unicode")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"metadata":{"\udc00":"a"}}""", "Unicode")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"ports":[{"name":"a"}]}""", "ports/0: port is missing")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"ports":[{"name":"a","port":0}]}""", "ports/0: port must be")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"ports":["a"]}""", "ports must be an array of objects")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"ttl":0}""", "ttl must be")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"restarts":-1}""", "restarts must be")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"registeredAt":"yesterday"}""", "registeredAt must be a time")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"outOfService":"me"}""", "outOfService must be")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"mirrors":[1]}""", "mirrors must be an array of strings")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"overlay":1}""", "overlay must be true or false")]
    [InlineData("""{"v":1,"service":"orders","port":8080,"group":true,"version":7}""", "group must be a string; version must be a string")]
    public void WhatCannotBeReadSaysWhyAndHidesNothingElse(string value, string reason)
    {
        var carts = Record("carts", 80);
        var records = With((Options.KeyOf(_orders.Id), value), (Options.KeyOf(carts.Id), NativeFormat.Write(carts))).Read();
        records.Registrations.ShouldHaveSingleItem().Id.ShouldBe(carts.Id);
        var unreadable = records.Unreadable.ShouldHaveSingleItem();
        unreadable.Source.ShouldBe(InstanceSource.Gateway);
        unreadable.Id.ShouldBe(_orders.Id);
        unreadable.AnnotationKey.ShouldBe(Options.KeyOf(_orders.Id));
        unreadable.Reason.ShouldContain(reason);
    }

    [Theory]
    [InlineData("..", "http", "")]
    [InlineData("orders", "a:b$c", "")]
    [InlineData("orders", "http", ",\"ports\":[{\"port\":1},{\"port\":1}]")]
    [InlineData("orders", "http", ",\"mirrors\":[\"zookeeper\",\"zookeeper\"]")]
    [InlineData("orders", "http", ",\"ttl\":100000")]
    [InlineData("orders", "http", ",\"container\":\"a.b\",\"later\":1")]
    [InlineData("orders", "http", ",\"metadata\":{\"\":\"1\"}")]
    public void WhatIsStoredStaysReadableThoughItCouldNotBeRegisteredNow(string service, string protocol, string more)
    {
        var id = Record(service, 80, protocol).Id;
        var records = With((Options.KeyOf(id), $$"""{"v":1,"service":"{{service}}","port":80,"protocol":"{{protocol}}"{{more}}}""")).Read();
        records.Unreadable.ShouldBeEmpty();
        records.Registrations.ShouldHaveSingleItem().Id.ShouldBe(id);
    }

    /// <summary>The key of an endpoint has the slice's appProtocol, and port 0 where its Service has no ports.</summary>
    [Theory]
    [InlineData("kubernetes.io/h2c", 80)]
    [InlineData("longest", 80)]
    [InlineData("tcp", 0)]
    public void TheOverlayOfAnEndpointIsReadableWhateverItsPortIs(string protocol, int port)
    {
        var name = protocol == "longest" ? $"{new string('a', 253)}/{new string('b', 63)}" : protocol;
        var overlay = Record("orders", port, name) with { IsOverlay = true, OutOfService = OutOfService.ByPod };
        With((Options.KeyOf(overlay.Id), NativeFormat.Write(overlay))).Read().Overlays.ShouldHaveSingleItem().Key.ShouldBe(overlay.Key);
    }

    // An attribute cannot hold a lone surrogate.
    [Fact]
    public void ALoneSurrogateIsReported() =>
        With((Options.KeyOf(_orders.Id), "\"\ud800\"")).Read().Unreadable.ShouldHaveSingleItem().Reason.ShouldContain("Unicode");

    [Fact]
    public void OnlyKeysOfThatFormAreRegistrations()
    {
        var value = NativeFormat.Write(_orders);
        var records = With(
            ("registry-gateway.io/note", value),
            ("registry-gateway.io/" + _orders.Id.ToUpperInvariant(), value),
            ("registry-gateway.io/" + _orders.Id + "0", value),
            ("registry-gateway.io/" + _orders.Id[1..], value),
            ("registry-gateway.iox" + _orders.Id, value),
            ("example.com/" + _orders.Id, value)).Read();
        records.ShouldBeSameAs(PodRecords.None);
    }

    [Fact]
    public void AnOverlayCarriesItsKeyAndWhatItOverrides()
    {
        var overlay = _orders with { IsOverlay = true, OutOfService = OutOfService.ByPod, RegisteredAt = null, PostedAt = null };
        var value = NativeFormat.Write(overlay);
        value.ShouldBe("""{"v":1,"service":"orders","port":8080,"outOfService":"pod","overlay":true}""");
        var read = With((Options.KeyOf(_orders.Id), value)).Read();
        read.Registrations.ShouldBeEmpty();
        read.Overlays.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            found => found.OutOfService.ShouldBe(OutOfService.ByPod), found => found.WeightOverride.ShouldBeNull(), found => found.Id.ShouldBe(_orders.Id));

        value = NativeFormat.Write(overlay with { WeightOverride = 100, OutOfService = OutOfService.No });
        value.ShouldBe("""{"v":1,"service":"orders","port":8080,"weight":100,"overlay":true}""");
        With((Options.KeyOf(_orders.Id), value)).Read().Overlays.ShouldHaveSingleItem().WeightOverride.ShouldBe(100);
    }

    private static void ShouldBeSame(RegistrationRecord read, RegistrationRecord record)
    {
        read.Ports.ShouldBe(record.Ports);
        read.Metadata.ShouldBe(record.Metadata);
        read.Mirrors.ShouldBe(record.Mirrors);
        (read with { Ports = record.Ports, Metadata = record.Metadata, Mirrors = record.Mirrors }).ShouldBe(record);
    }
}
