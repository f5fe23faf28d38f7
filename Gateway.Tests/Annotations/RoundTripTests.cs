using System.Text.Json;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

/// <summary>
/// What one side writes the other reads as it was meant, in every format and both ways; the far side is written from the formats' description
/// alone (<see cref="SdkCodec"/>, plain JSON). The product's writers are read by SDKs in the tests of each mirror.
/// </summary>
public sealed class RoundTripTests
{
    private const int Times = 10_000;
    private const string Hard = ",&+%=#?";

    [Fact]
    public void TheGeneratedValuesHoldWhatEncodingsTripOver()
    {
        var generated = new GeneratedRegistrations(9);
        var seen = string.Concat(Enumerable.Range(0, 1000).SelectMany(_ => generated.Next().Metadata.Values));
        foreach (var letter in Hard + " é漢\"\\<>/;")
            seen.ShouldContain(letter);
        seen.ShouldContain("😀");
    }

    [Fact]
    public void Native()
    {
        var generated = new GeneratedRegistrations(21);
        for (var i = 0; i < Times; i++)
        {
            var record = generated.NextOfAnyState();
            var value = NativeFormat.Write(record);
            var read = NativeFormat.TryRead(With(), record.Id, value, out var reason).ShouldNotBeNull(reason);
            read.Metadata.ShouldBe(record.Metadata);
            NativeFormat.Write(read).ShouldBe(value);
        }
    }

    [Theory]
    [InlineData("generic", "app.io/annotation")]
    [InlineData("dubbo-go-1.4", "dubbo.io/annotation")]
    [InlineData("dubbo-go-1.5", "dubbo.io/annotation")]
    public void KeyValueFormats(string mirror, string annotation)
    {
        var format = MirrorFormats.All.Single(format => format.Name == mirror);
        var generated = new GeneratedRegistrations(22);
        for (var i = 0; i < Times; i++)
        {
            // What the gateway writes, with its mark taken off by an SDK's own codec, is what another would have written: it reads the same.
            var record = generated.Next();
            var key = SdkCodec.Decode(format.Plan(With(), [record]).AnnotationValue!).ShouldHaveSingleItem().Key;
            var sdk = SdkCodec.Provider(key)!;
            var parameters = sdk.Parameters.Where(static parameter => parameter.Key != "registry-gateway.id");
            var foreign = SdkCodec.Encode(SdkCodec.Leaf("providers", sdk.Scheme, $"{sdk.Host}:{sdk.Port}", sdk.Path, parameters));
            var read = With((annotation, foreign)).Read().Registrations.ShouldHaveSingleItem();
            read.Key.ShouldBe(record.Key);
            read.Id.ShouldBe(record.Id);
            read.Weight.ShouldBe(record.Weight);
            read.RegisteredAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(record.RegisteredAt!.Value.ToUnixTimeSeconds()));
            foreach (var (name, value) in record.Metadata)
                read.Metadata[name].ShouldBe(value);
        }
    }

    [Fact]
    public void DubboJava()
    {
        var format = MirrorFormats.All.Single(static format => format.Name == "dubbo-java");
        var generated = new GeneratedRegistrations(23);
        for (var i = 0; i < Times; i++)
        {
            var record = generated.Next();
            var map = JsonSerializer.Deserialize<SortedDictionary<string, string>>(format.Plan(With(), [record]).AnnotationValue!)!;
            map.Remove("registry-gateway.id").ShouldBeTrue();
            var read = With(("io.dubbo/metadata", JsonSerializer.Serialize(map))).Read().DubboJava.ShouldNotBeNull();
            read.Metadata.ShouldBe(map, ignoreOrder: true);
            read.Endpoints.ShouldHaveSingleItem().ShouldBe(new DubboEndpoint(record.Key.Port, record.Key.Protocol));
            foreach (var (name, value) in record.Metadata)
                read.Metadata[name].ShouldBe(value);
        }
    }

    [Fact]
    public void Declared()
    {
        var generated = new GeneratedRegistrations(24);
        for (var i = 0; i < Times; i++)
        {
            var record = generated.Next();
            var body = JsonSerializer.Serialize(new[]
            {
                new
                {
                    service = record.Key.Service,
                    port = record.Key.Port,
                    group = record.Key.Group,
                    version = record.Key.Version,
                    protocol = record.Key.Protocol,
                    weight = record.Weight,
                    metadata = record.Metadata,
                },
            });
            var read = With((Options.DeclareKey, body)).Read().Registrations.ShouldHaveSingleItem();
            read.Id.ShouldBe(record.Id);
            read.Weight.ShouldBe(record.Weight);
            read.Metadata.ShouldBe(record.Metadata);
        }
    }

    [Theory]
    [InlineData(DubboVectors.V1Consumer)]
    [InlineData(DubboVectors.V2Provider)]
    [InlineData(DubboVectors.V3GroupAndVersion)]
    [InlineData(DubboVectors.V4UrlSafe)]
    public void WhatRealWritersWroteIsTheSameMeaningWhenWrittenAgain(string vector)
    {
        var entries = KeyValueList.Decode(vector, out var fault);
        fault.ShouldBeNull();
        var again = KeyValueList.Encode(entries.Select(static entry => KeyValueList.Element(entry.Key, entry.Value)));
        again.ShouldBe(vector, "Go's own bytes");
        SdkCodec.Decode(again).ShouldBe(SdkCodec.Decode(vector));
    }

    [Theory]
    [InlineData(DubboVectors.V5Text, false)]
    [InlineData("e30=", false)]
    [InlineData("W251bGxd", true)]
    [InlineData("W10=", true)]
    [InlineData("bnVsbA==", true)]
    [InlineData("", true)]
    public void WhatIsNoListIsInvalid_AndAnEmptyOneValid(string vector, bool isValid)
    {
        KeyValueList.Decode(vector, out var fault).ShouldBeEmpty();
        (fault is null).ShouldBe(isValid);
        foreach (var annotation in new[] { "dubbo.io/annotation", "app.io/annotation" })
            With((annotation, vector)).Read().Unreadable.Length.ShouldBe(isValid ? 0 : 1);
    }

    [Fact]
    public void ANullIsNeverWritten()
    {
        var pod = With(("dubbo.io/annotation", SdkCodec.EncodeText("""[null,{"k":"/dubbo/a/providers","v":""}]""")));
        var record = Record("a", 80, "dubbo");
        foreach (var format in MirrorFormats.All)
        {
            foreach (var plan in new[] { format.Plan(pod, [record]), format.Plan(pod, []) })
                plan.AnnotationValue?.ShouldNotContain("bnVsb");
        }

        // Where one of ours stands beside it, the list is written anew without ours, and without the null.
        var ours = SdkCodec.Decode(MirrorFormats.All[1].Plan(With(), [record]).AnnotationValue!).Single();
        var shared = With(("dubbo.io/annotation", SdkCodec.EncodeText($$"""[null,{"k":"{{ours.Key}}","v":""},{"k":"/dubbo/a/providers","v":""}]""")));
        SdkCodec.Decode(MirrorFormats.All[1].Plan(shared, [record]).AnnotationValue!).ShouldBe([("/dubbo/a/providers", "")]);
    }
}
