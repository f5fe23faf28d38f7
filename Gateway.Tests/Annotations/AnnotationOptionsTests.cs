using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Records;

namespace Gateway.Tests.Annotations;

public sealed class AnnotationOptionsTests
{
    [Fact]
    public void DefaultsAreGood() => new AnnotationOptions().Validate().ShouldBeEmpty();

    [Fact]
    public void EveryFaultIsReported() =>
        new AnnotationOptions
        {
            AnnotationPrefix = "Not A Domain",
            Mirrors = ["dubbo-go-1.4", "dubbo-go-1.5", "consul"],
            MaxBytesPerPod = 1,
            RestoreMaxAge = TimeSpan.FromSeconds(-1),
        }.Validate().Count().ShouldBe(5);

    [Theory]
    [InlineData("nacos")]
    [InlineData("")]
    [InlineData("Gateway")]
    [InlineData("dubbo")]
    public void AFormatThatThereIsNotIsAFaultOfOneLine(string format)
    {
        var fault = new AnnotationOptions { Formats = ["declared", format] }.Validate().ShouldHaveSingleItem();
        fault.ShouldBe($"Registry:Formats names '{format}', which is not one of gateway, declared, dubbo-java, dubbo-go, generic, endpoints.");
    }

    [Fact]
    public void EveryFormatMayBeNamedAndTheGatewaysOwnIsReadWithoutBeingNamed()
    {
        var all = Enum.GetValues<InstanceSource>();
        new AnnotationOptions { Formats = [.. InstanceSourceNames.All] }.Validate().ShouldBeEmpty();
        all.ShouldAllBe(static source => new AnnotationOptions().Reads(source));
        all.Where(new AnnotationOptions { Formats = ["generic"] }.Reads).ShouldBe([InstanceSource.Gateway, InstanceSource.Generic]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a_b.c")]
    [InlineData(".a")]
    [InlineData("-a.b")]
    [InlineData("dubbo.io")]
    [InlineData("app.io")]
    [InlineData("kubectl.kubernetes.io")]
    public void APrefixIsADomainThatIsFree(string prefix) => new AnnotationOptions { AnnotationPrefix = prefix }.Validate().ShouldHaveSingleItem();

    [Fact]
    public void AnotherPrefixHasOtherKeys()
    {
        var options = new AnnotationOptions { AnnotationPrefix = "example.org" };
        options.KeyOf("0123456789abcdef0123456789abcdef").ShouldBe("example.org/0123456789abcdef0123456789abcdef");
        options.TryGetId("example.org/0123456789abcdef0123456789abcdef", out var id).ShouldBeTrue();
        id.ShouldBe("0123456789abcdef0123456789abcdef");
        options.TryGetId("registry-gateway.io/0123456789abcdef0123456789abcdef", out _).ShouldBeFalse();
        options.DeclareKey.ShouldBe("example.org/declare");
    }

    [Theory]
    [InlineData("registry-gateway.io/declare", true)]
    [InlineData("registry-gateway.io/0123456789abcdef0123456789abcdef", true)]
    [InlineData("dubbo.io/annotation", true)]
    [InlineData("app.io/annotation", true)]
    [InlineData("io.dubbo/metadata", true)]
    [InlineData("kubectl.kubernetes.io/default-container", true)]
    [InlineData("kubectl.kubernetes.io/restartedAt", false)]
    [InlineData("dubbo.io/label", false)]
    [InlineData("registry-gateway.io", false)]
    public void OnlyKeysThatAreReadAreKept(string key, bool isKept) => new PodRecordReader(new AnnotationOptions()).KeepsKey(key).ShouldBe(isKept);

    [Fact]
    public void ANamespacesListNamesKnownMirrorsOnce() =>
        MirrorNames.Parse(" dubbo-java, generic,nope,,generic ").ShouldBe(["dubbo-java", "generic"]);
}
