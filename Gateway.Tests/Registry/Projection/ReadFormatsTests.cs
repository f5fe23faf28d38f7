using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Identity;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.PodWriting;
using Gateway.Tests.Annotations;
using Gateway.Tests.Identity;

namespace Gateway.Tests.Registry.Projection;

/// <summary>Only the sources in <c>Registry:Formats</c> are listed; records of others are kept apart, and cost those that are read nothing.</summary>
public sealed class ReadFormatsTests
{
    private const string Ip = "10.1.0.1";

    // The service that each source gives to the one pod.
    private static readonly Dictionary<string, string> Services = new()
    {
        ["gateway"] = "own",
        ["declared"] = "declared",
        ["dubbo-java"] = "java",
        ["dubbo-go"] = "go",
        ["generic"] = "generic",
        ["endpoints"] = "plain",
    };

    private static readonly Pod Everything = Given.Pod("a", Ip, Given.Record("a", "own"))
        .Declaring(new[] { new { service = "declared", port = 8080 } })
        .DubboJava(new Dictionary<string, string> { ["dubbo.endpoints"] = """[{"port":20880,"protocol":"dubbo"}]""", ["dubbo.metadata.revision"] = "1" })
        .Annotated(
            ("dubbo.io/annotation", SdkCodec.Encode(SdkCodec.Leaf($"dubbo://{Ip}:8080/go?interface=go", "go"))),
            ("app.io/annotation", SdkCodec.Encode(("/shop/generic/providers/1", $"http://{Ip}:8080/"))));

    public static TheoryData<string> Combinations =>
    [
        "", "gateway", "declared", "generic", "dubbo-go", "dubbo-java", "endpoints", "gateway,endpoints", "declared,generic", "dubbo-go,dubbo-java,endpoints",
        "gateway,declared,generic,dubbo-go,dubbo-java,endpoints", "generic,generic",
    ];

    [Theory]
    [MemberData(nameof(Combinations))]
    public void ExactlyTheNamedSourcesAndTheGatewaysOwnAreListed(string formats)
    {
        var named = formats.Split(',', StringSplitOptions.RemoveEmptyEntries);
        using var registry = Folded(named);
        var expected = named.Length == 0 ? Services.Keys : named.Append("gateway").Distinct();
        var listed = Services.Values.SelectMany(service => registry.Instances(service)).Select(static one => InstanceSourceNames.Of(one.Source)).Distinct();

        // The Service of the Dubbo Java application has endpoints of its own.
        listed.ShouldBe(expected, ignoreOrder: true);
        foreach (var (source, service) in Services)
        {
            var sources = registry.Instances(service).Select(static one => InstanceSourceNames.Of(one.Source)).ToHashSet();
            sources.Contains(source).ShouldBe(expected.Contains(source), source);
        }
    }

    [Fact]
    public void AServiceWhoseEndpointsAreNotListedStillTellsTheReadinessOfItsRegistrations()
    {
        using var registry = Synced(["gateway"]);
        registry.Fold(
            Given.Pod("a", Ip, Given.Record("a")), Given.Service("orders"), Given.Slice("orders", Given.Endpoint("a", Ip, ready: false), Given.Bare("10.9.0.1")));
        registry.Only().Reason.ShouldBe("NotReady");
        registry.Only().Source.ShouldBe(InstanceSource.Gateway);
    }

    [Theory]
    [InlineData(new string[0], new[] { "declared", "own" })]
    [InlineData(new[] { "declared" }, new[] { "declared", "own" })]
    [InlineData(new[] { "gateway", "endpoints" }, new[] { "own" })]
    public void WhatIsNotReadIsNotMirrored(string[] formats, string[] mirrored)
    {
        var mirrors = new MirrorSettings(new AnnotationOptions { Formats = formats, Mirrors = ["generic"] }, new AccessOptions(), new MemoryClusterView());
        mirrors.RegistrationsOf(Everything).Select(static one => one.Record.Key.Service).ShouldBe(mirrored, ignoreOrder: true);
    }

    [Fact]
    public void WhatIsNotReadTakesNoRoomFromWhatIs()
    {
        var many = Enumerable.Range(0, 900).Select(static number => ($"/shop/generic/providers/{number}", $"http://{Ip}:{1000 + number}/")).ToArray();
        var leaves = Enumerable.Range(0, 300).Select(static number => SdkCodec.Leaf($"dubbo://{Ip}:{2000 + number}/go?interface=go", "go")).ToArray();
        var pod = Given.Pod("a", Ip).Annotated(("dubbo.io/annotation", SdkCodec.Encode(leaves)), ("app.io/annotation", SdkCodec.Encode(many)));
        var all = new PodRecordReader(new AnnotationOptions()).Read(pod);
        all.Registrations.Length.ShouldBe(PodRecordsBuilder.MaxRecords);
        all.NotRead.ShouldBeNull();

        var some = new PodRecordReader(new AnnotationOptions { Formats = ["generic"] }).Read(pod);
        some.Registrations.Length.ShouldBe(900);
        some.Unreadable.ShouldBeEmpty();
        some.NotRead.ShouldNotBeNull().Registrations.Length.ShouldBe(300);
    }

    private static ProjectedRegistry Folded(string[] formats)
    {
        var registry = Synced(formats);
        registry.Fold(
            Everything, Given.Service("java").Offering("http"), Given.Service("plain"), Given.Slice("java", Given.Endpoint("a", Ip)),
            Given.Slice("plain", Given.Endpoint("a", Ip)));
        return registry;
    }

    private static ProjectedRegistry Synced(string[] formats)
    {
        var registry = new ProjectedRegistry(options: new AnnotationOptions { Formats = formats });
        registry.Sync();
        return registry;
    }
}
