using System.Text.Json;
using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class DubboJavaFormatTests
{
    private const string Key = "io.dubbo/metadata";

    private const string Sample =
        """
        {"dubbo.metadata-service.url-params":"{\"version\":\"1.0.0\",\"dubbo\":\"2.0.2\",\"release\":\"3.2.6\",\"side\":\"provider\",\"port\":\"20880\",\"protocol\":\"dubbo\"}","dubbo.endpoints":"[{\"port\":20880,\"protocol\":\"dubbo\"}]","dubbo.metadata.revision":"4638952ef6ef27a221876e117341e395","dubbo.metadata.storage-type":"local","timestamp":"1700000000000"}
        """;

    [Fact]
    public void TheMapIsReadWithItsTwoInnerTexts()
    {
        var records = With((Key, Sample)).Read();
        records.Registrations.ShouldBeEmpty();
        records.Unreadable.ShouldBeEmpty();
        var metadata = records.DubboJava.ShouldNotBeNull();
        metadata.Endpoints.ShouldHaveSingleItem().ShouldBe(new DubboEndpoint(20880, "dubbo"));
        metadata.Revision.ShouldBe("4638952ef6ef27a221876e117341e395");
        metadata.RegisteredAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        metadata.MetadataService["release"].ShouldBe("3.2.6");
        metadata.Metadata["dubbo.metadata.storage-type"].ShouldBe("local");
        metadata.Metadata.Count.ShouldBe(5);
    }

    [Fact]
    public void ScalarsBecomeText()
    {
        var metadata = With((Key, """{"ipv6":null,"heartbeat":60000,"ready":true,"dubbo.metadata.revision":"a"}""")).Read().DubboJava.ShouldNotBeNull();
        metadata.Metadata["heartbeat"].ShouldBe("60000");
        metadata.Metadata["ready"].ShouldBe("true");
        metadata.Metadata.ContainsKey("ipv6").ShouldBeFalse();
        metadata.Endpoints.ShouldBeEmpty();
    }

    [Fact]
    public void EndpointsAreDistinctAndHaveRealPorts()
    {
        var endpoints = JsonSerializer.Serialize("""[{"port":1,"protocol":"dubbo"},{"port":1,"protocol":"dubbo"},{"port":2,"protocol":"tri"},{"port":0,"protocol":"x"},{"port":3}]""");
        With((Key, $$"""{"dubbo.endpoints":{{endpoints}}}""")).Read().DubboJava.ShouldNotBeNull().Endpoints
            .ShouldBe([new(1, "dubbo"), new(2, "tri"), new(3, "dubbo")]);
    }

    [Theory]
    [InlineData("text", "is not JSON")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{}", "empty map")]
    [InlineData("""{"a":{"b":"c"}}""", "a is neither a string nor a number")]
    [InlineData("""{"a":"\ud800"}""", "Unicode")]
    [InlineData("""{"\ud800":"a"}""", "Unicode")]
    [InlineData("""{"dubbo.endpoints":"{"}""", "dubbo.endpoints")]
    [InlineData("""{"dubbo.endpoints":"[7]"}""", "dubbo.endpoints")]
    [InlineData("""{"dubbo.endpoints":"[{\"port\":\"1\"}]"}""", "dubbo.endpoints")]
    [InlineData("""{"dubbo.endpoints":"[{\"port\":1,\"protocol\":\"\\ud800\"}]"}""", "dubbo.endpoints")]
    public void WhatIsNoMapIsReportedAndHidesNothingElse(string value, string reason)
    {
        var records = With((Key, value), ("dubbo.io/annotation", DubboVectors.V3GroupAndVersion)).Read();
        records.DubboJava.ShouldBeNull();
        records.Registrations.ShouldHaveSingleItem().Source.ShouldBe(InstanceSource.DubboGo);
        var unreadable = records.Unreadable.ShouldHaveSingleItem();
        unreadable.Source.ShouldBe(InstanceSource.DubboJava);
        unreadable.Reason.ShouldContain(reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"registry-gateway.id":"1","dubbo.endpoints":"[{\"port\":1}]"}""")]
    [InlineData("""{"dubbo.metadata.revision":"0"}""")]
    public void WhatExportsNothingOrIsOursSaysNothing(string value) => With((Key, value)).Read().ShouldBeSameAs(PodRecords.None);
}
