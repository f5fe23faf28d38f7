using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class DeclaredFormatTests
{
    private const string Key = "registry-gateway.io/declare";

    [Fact]
    public void EachBodyIsARegistrationOfThePod()
    {
        var records = With((Key,
            """
            [{"service":"legacy","port":80},
             {"service":"com.example.Foo","port":20880,"protocol":"dubbo","group":"g","version":"1.0","weight":7,"container":"app",
              "metadata":{"team":"a"},"ports":[{"name":"admin","port":81,"protocol":"http"}],"mirrors":["dubbo-go-1.5"]}]
            """)).Read();
        records.Unreadable.ShouldBeEmpty();
        records.Registrations.Length.ShouldBe(2);
        records.Registrations[0].Id.ShouldBe(Record("legacy", 80).Id);
        var foo = records.Registrations[1];
        foo.Source.ShouldBe(InstanceSource.Declared);
        foo.Id.ShouldBe(Record("com.example.Foo", 20880, "dubbo", "g", "1.0").Id);
        foo.Weight.ShouldBe(7);
        foo.Metadata["team"].ShouldBe("a");
        foo.Ports.ShouldHaveSingleItem().ShouldBe(new NamedPort("admin", 81, "http"));
        foo.Mirrors.ShouldHaveSingleItem().ShouldBe("dubbo-go-1.5");
        foo.Container.ShouldBeNull();
        foo.RegisteredAt.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"service":"a"}""", "/1/port: 'port' is required")]
    [InlineData("""{"service":"a","port":0}""", "/1/port: The port must be 1 to 65535")]
    [InlineData("""{"service":"a","port":80,"ttl":30}""", "/1/ttl: A declared registration cannot be renewed")]
    [InlineData("""{"service":"a","port":80,"prot":"http"}""", "/1/prot: Unknown member")]
    [InlineData("""{"service":"a","port":80,"namespace":"x","pod":"y"}""", "/1/pod: Unknown member")]
    [InlineData("""{"service":"a","port":80,"group":"\ud800"}""", "Unicode")]
    [InlineData("7", "/1: A registration must be a JSON object")]
    [InlineData("null", "/1: A registration must be a JSON object")]
    [InlineData("""{"service":"good","port":80}""", "the same registration as /0")]
    public void EachBodyIsRefusedOnItsOwn(string body, string reason)
    {
        var records = With((Key, $$"""[{"service":"good","port":80},{{body}},{"service":"better","port":80}]""")).Read();
        records.Registrations.Select(record => record.Key.Service).ShouldBe(["good", "better"]);
        var unreadable = records.Unreadable.ShouldHaveSingleItem();
        unreadable.Source.ShouldBe(InstanceSource.Declared);
        unreadable.AnnotationKey.ShouldBe(Key);
        unreadable.Reason.ShouldStartWith("/1");
        unreadable.Reason.ShouldContain(reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    [InlineData("{}")]
    public void WhatIsNoArrayIsReported(string value) => With((Key, value)).Read().Unreadable.ShouldHaveSingleItem().Source.ShouldBe(InstanceSource.Declared);

    [Fact]
    public void AnOverlayStandsBesideIt()
    {
        var overlay = Record("legacy", 80) with { IsOverlay = true, OutOfService = OutOfService.ByOther };
        var records = With((Key, """[{"service":"legacy","port":80}]"""), (Options.KeyOf(overlay.Id), NativeFormat.Write(overlay))).Read();
        records.Registrations.ShouldHaveSingleItem().Id.ShouldBe(overlay.Id);
        records.Overlays.ShouldHaveSingleItem().OutOfService.ShouldBe(OutOfService.ByOther);
    }
}
