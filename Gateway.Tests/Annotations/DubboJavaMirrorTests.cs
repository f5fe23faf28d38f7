using System.Text.Json;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class DubboJavaMirrorTests
{
    private static readonly IMirrorFormat _format = MirrorFormats.All.Single(format => format.Name == "dubbo-java");

    private static readonly RegistrationRecord _greeter = Record(
        "com.example.GreetingService", 20880, "dubbo", "g1", "1.0.0", new Dictionary<string, string> { ["application"] = "greeter", ["methods"] = "sayHello" });

    [Fact]
    public void TheMapIsDubbosOwn()
    {
        var plan = _format.Plan(With(), [_greeter]);
        plan.AnnotationKey.ShouldBe("io.dubbo/metadata");
        plan.LabelKey.ShouldBeNull();
        plan.ChangesLabel.ShouldBeFalse();
        plan.States[_greeter.Id].IsWritten.ShouldBeTrue();
        plan.AnnotationValue.ShouldBe(
            $$"""
            {"application":"greeter","dubbo.endpoints":"[{\"port\":20880,\"protocol\":\"dubbo\"}]",
            "dubbo.metadata-service.url-params":"{\"version\":\"1.0.0\",\"dubbo\":\"2.0.2\",\"release\":\"3.2.6\",
            \"side\":\"provider\",\"port\":\"20880\",\"protocol\":\"dubbo\"}",
            "dubbo.metadata.revision":"4638952ef6ef27a221876e117341e395","dubbo.metadata.storage-type":"local","methods":"sayHello",
            "registry-gateway.id":"{{_greeter.Id}}","timestamp":"1700000000000"}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void TheRevisionIsThatOfEqualMetadata()
    {
        var elsewhere = With().At("10.9.9.9");
        Revision(_format.Plan(elsewhere, [_greeter with { Id = new string('1', 32) }])).ShouldBe(Revision(_format.Plan(With(), [_greeter])));
        Revision(_format.Plan(With(), [_greeter with { Metadata = _greeter.Metadata.SetItem("methods", "bye") }])).ShouldNotBe(Revision(_format.Plan(With(), [_greeter])));
    }

    [Fact]
    public void AJsonReaderSeesWhatWasRegistered_TenThousandTimes()
    {
        var generated = new GeneratedRegistrations(5);
        for (var i = 0; i < 10_000; i++)
        {
            var record = generated.Next();
            var map = Map(_format.Plan(With(), [record]));
            map["registry-gateway.id"].ShouldBe(record.Id);
            map["timestamp"].ShouldBe($"{record.RegisteredAt!.Value.ToUnixTimeMilliseconds()}");
            map["dubbo.metadata.revision"].Length.ShouldBe(32);
            var endpoint = JsonDocument.Parse(map["dubbo.endpoints"]).RootElement.EnumerateArray().ShouldHaveSingleItem();
            endpoint.GetProperty("port").GetInt32().ShouldBe(record.Key.Port);
            endpoint.GetProperty("protocol").GetString().ShouldBe(record.Key.Protocol);
            foreach (var (key, value) in record.Metadata)
                map[key].ShouldBe(value);
        }
    }

    [Fact]
    public void APodIsOneApplicationWithOnePortForEachProtocol()
    {
        RegistrationRecord Of(string service, int port, string protocol, string application, int time) =>
            Record(service, port, protocol, metadata: new Dictionary<string, string> { ["application"] = application }) with { RegisteredAt = DateTimeOffset.UnixEpoch.AddSeconds(time) };
        var first = Of("a", 20880, "dubbo", "greeter", 1);
        var second = Of("b", 20880, "dubbo", "greeter", 2);
        var triple = Of("b", 50051, "tri", "greeter", 3);
        var otherPort = Of("c", 20881, "dubbo", "greeter", 4);
        var stranger = Of("d", 20880, "dubbo", "orders", 5);
        var plan = _format.Plan(With(), [stranger, otherPort, triple, second, first]);
        var map = Map(plan);
        map["dubbo.endpoints"].ShouldBe("""[{"port":20880,"protocol":"dubbo"},{"port":50051,"protocol":"tri"}]""");
        map["registry-gateway.id"].ShouldBe($"{first.Id},{second.Id},{triple.Id}");
        plan.States[otherPort.Id].Reason.ShouldNotBeNull().ShouldContain("another port");
        plan.States[stranger.Id].Reason.ShouldNotBeNull().ShouldContain("the application greeter");
    }

    [Fact]
    public void PlainHttpIsMarkedForRestConsumers()
    {
        Map(_format.Plan(With(), [Record("orders", 8080)]))["preserved.register.source"].ShouldBe("SPRING_CLOUD");
        Map(_format.Plan(With(), [_greeter])).ContainsKey("preserved.register.source").ShouldBeFalse();
    }

    [Fact]
    public void MetadataMaySayWhereMetadataIsKept()
    {
        var record = _greeter with { Metadata = _greeter.Metadata.Add("dubbo.metadata.storage-type", "remote").Add("registry-gateway.id", "x").Add("dubbo.endpoints", "x") };
        var map = Map(_format.Plan(With(), [record]));
        map["dubbo.metadata.storage-type"].ShouldBe("remote");
        map["registry-gateway.id"].ShouldBe(record.Id);
        map["dubbo.endpoints"].ShouldContain("20880");
    }

    [Theory]
    [InlineData("""{"dubbo.metadata.revision":"0"}""")]
    [InlineData("{}")]
    [InlineData("text")]
    public void ForeignContentSwitchesTheMirrorOffAndStaysAsItIs(string value)
    {
        var plan = _format.Plan(With(("io.dubbo/metadata", value)), [_greeter]);
        plan.ChangesAnything.ShouldBeFalse();
        plan.AnnotationValue.ShouldBe(value);
        plan.States[_greeter.Id].Reason.ShouldNotBeNull().ShouldContain("another writer's content");
    }

    [Fact]
    public void TheLastRegistrationTakesTheKeyAway()
    {
        var pod = MirrorPlannerTests.Applied(With(), [_format.Plan(With(), [_greeter])]);
        pod.Read().ShouldBeSameAs(PodRecords.None);
        _format.Plan(pod, [_greeter]).ChangesAnything.ShouldBeFalse();
        var plan = _format.Plan(pod, []);
        (plan.ChangesAnnotation, plan.AnnotationValue).ShouldBe((true, null));
        var terminating = _format.Plan(pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } }, [_greeter]);
        (terminating.ChangesAnnotation, terminating.AnnotationValue).ShouldBe((true, null));
        terminating.States[_greeter.Id].Reason.ShouldBe("the pod is terminating");
    }

    private static Dictionary<string, string> Map(MirrorPlan plan) => JsonSerializer.Deserialize<Dictionary<string, string>>(plan.AnnotationValue!)!;

    private static string Revision(MirrorPlan plan) => Map(plan)["dubbo.metadata.revision"];
}
