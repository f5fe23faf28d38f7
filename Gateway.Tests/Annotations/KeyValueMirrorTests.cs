using Gateway.Core.Annotations.Mirrors;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class KeyValueMirrorTests
{
    private const string Annotation = "dubbo.io/annotation";
    private const string Label = "dubbo.io/label";

    private static readonly RegistrationRecord _greeter = Record(
        "com.example.GreetingService", 20880, "dubbo", "g1", "1.0.0", new Dictionary<string, string> { ["application"] = "greeter", ["methods"] = "SayHello,Bye" });

    [Theory]
    [InlineData("generic", "app.io/annotation", "app.io/label", "app.io-value")]
    [InlineData("dubbo-go-1.4", Annotation, Label, "dubbo.io-value")]
    [InlineData("dubbo-go-1.5", Annotation, Label, "dubbo.io.provider")]
    public void EachFormatHasItsKeyAndLabel(string name, string annotation, string label, string value)
    {
        var plan = Format(name).Plan(With(), [_greeter]);
        plan.AnnotationKey.ShouldBe(annotation);
        plan.ChangesAnnotation.ShouldBeTrue();
        plan.LabelKey.ShouldBe(label);
        plan.LabelValue.ShouldBe(value);
        plan.ChangesLabel.ShouldBeTrue();
        plan.States[_greeter.Id].ShouldBe(MirrorState.Written);
    }

    [Fact]
    public void ARegistrationIsOneLeafAndNoDirectory()
    {
        var (key, value) = SdkCodec.Decode(Format("dubbo-go-1.5").Plan(With(), [_greeter]).AnnotationValue!).ShouldHaveSingleItem();
        value.ShouldBe("");
        key.ShouldBe("/dubbo/com.example.GreetingService/providers/" + SdkCodec.Escape(
            $"dubbo://{Address}:20880/com.example.GreetingService?anyhost=true&application=greeter&group=g1&interface=com.example.GreetingService"
            + $"&ip={Address}&methods=SayHello%2CBye&pid=1&registry-gateway.id={_greeter.Id}&registry.role=3&release=dubbo-golang-1.5.9&side=provider"
            + "&timestamp=1700000000&version=1.0.0"));
    }

    [Theory]
    [InlineData("generic")]
    [InlineData("dubbo-go-1.4")]
    [InlineData("dubbo-go-1.5")]
    public void AnSdkReadsWhatWasRegistered_TenThousandTimes(string name)
    {
        var format = Format(name);
        var generated = new GeneratedRegistrations(4);
        for (var i = 0; i < 10_000; i++)
        {
            var record = generated.Next();
            var read = SdkCodec.Provider(SdkCodec.Decode(format.Plan(With(), [record]).AnnotationValue!).ShouldHaveSingleItem().Key).ShouldNotBeNull();
            read.Scheme.ShouldBe(record.Key.Protocol);
            read.Host.ShouldBe(Address);
            read.Port.ShouldBe(record.Key.Port);
            read.Path.ShouldBe(record.Key.Service);
            read.Parameters["interface"].ShouldBe(record.Key.Service);
            read.Parameters.GetValueOrDefault("group", "").ShouldBe(record.Key.Group);
            read.Parameters.GetValueOrDefault("version", "").ShouldBe(record.Key.Version);
            read.Parameters["registry-gateway.id"].ShouldBe(record.Id);
            read.Parameters["timestamp"].ShouldBe($"{record.RegisteredAt!.Value.ToUnixTimeSeconds()}");
            read.Parameters.GetValueOrDefault("weight", "100").ShouldBe($"{record.Weight}");
            read.Parameters.ContainsKey("category").ShouldBeFalse();
            foreach (var (key, value) in record.Metadata)
                read.Parameters[key].ShouldBe(value);
        }
    }

    [Fact]
    public void OurReaderPassesMirroredRecordsOver() => Applied(With(), Format("dubbo-go-1.4").Plan(With(), [_greeter])).Read().ShouldBeSameAs(PodRecords.None);

    [Fact]
    public void MetadataCannotSpeakForTheRecord()
    {
        var record = Record("a", 1, "dubbo", metadata: new Dictionary<string, string>
        {
            ["interface"] = "b",
            ["group"] = "b",
            ["default.group"] = "b",
            ["category"] = "consumers",
            ["registry-gateway.id"] = "b",
            ["weight"] = "3",
            ["release"] = "mine",
            ["empty"] = "",
        });
        var read = SdkCodec.Provider(SdkCodec.Decode(Format("dubbo-go-1.5").Plan(With(), [record]).AnnotationValue!).Single().Key)!.Parameters;
        read.ShouldBe(new Dictionary<string, string>
        {
            ["anyhost"] = "true",
            ["application"] = "a",
            ["interface"] = "a",
            ["ip"] = Address,
            ["pid"] = "1",
            ["registry-gateway.id"] = record.Id,
            ["registry.role"] = "3",
            ["release"] = "mine",
            ["side"] = "provider",
            ["timestamp"] = "1700000000",
        }, ignoreOrder: true);
    }

    [Fact]
    public void AnIPv6AddressStandsInBrackets()
    {
        var key = SdkCodec.Decode(Format("dubbo-go-1.5").Plan(With().At("fd00::7"), [_greeter]).AnnotationValue!).Single().Key;
        key.ShouldContain("dubbo%3A%2F%2F%5Bfd00%3A%3A7%5D%3A20880%2F");
        SdkCodec.Provider(key)!.Host.ShouldBe("fd00::7");
    }

    [Fact]
    public void EqualContentIsEqualBytesAndNoChange()
    {
        RegistrationRecord[] records = [_greeter, Record("com.example.Other", 20880, "dubbo")];
        var format = Format("dubbo-go-1.5");
        var pod = Applied(With(), format.Plan(With(), records));
        var again = format.Plan(pod, [.. records.Reverse().Select(record => record with { PostedAt = DateTimeOffset.UnixEpoch.AddDays(30_000) })]);
        again.ChangesAnything.ShouldBeFalse();
        again.AnnotationValue.ShouldBe(pod.Metadata.Annotations[Annotation]);
        SdkCodec.Decode(again.AnnotationValue!).Count.ShouldBe(2);
    }

    [Fact]
    public void OneServiceHasOneLeaf()
    {
        var first = Record("a", 1, "dubbo") with { RegisteredAt = DateTimeOffset.UnixEpoch.AddSeconds(1) };
        var second = Record("a", 2, "dubbo");
        var other = Record("a", 2, "dubbo", version: "2");
        var plan = Format("dubbo-go-1.5").Plan(With(), [second, other, first]);
        SdkCodec.Decode(plan.AnnotationValue!).Count.ShouldBe(2);
        plan.States[first.Id].IsWritten.ShouldBeTrue();
        plan.States[other.Id].IsWritten.ShouldBeTrue();
        plan.States[second.Id].Reason.ShouldNotBeNull().ShouldContain("another port");
    }

    [Fact]
    public void TheLastRegistrationTakesKeyAndLabelAway()
    {
        var pod = Applied(With(), Format("dubbo-go-1.4").Plan(With(), [_greeter]));
        foreach (var name in new[] { "dubbo-go-1.4", "dubbo-go-1.5" })
        {
            var plan = Format(name).Plan(pod, []);
            plan.AnnotationValue.ShouldBeNull();
            plan.LabelValue.ShouldBeNull();
            (plan.ChangesAnnotation, plan.ChangesLabel).ShouldBe((true, true));
        }

        Format("dubbo-go-1.4").Plan(With(), []).ChangesAnything.ShouldBeFalse();
    }

    [Fact]
    public void WhatShouldNotBeCalledIsLeftOutAndTakenAway()
    {
        var format = Format("dubbo-go-1.5");
        var pod = Applied(With(), format.Plan(With(), [_greeter]));
        void LeftOut(Pod now, RegistrationRecord record, string reason, MirrorState? because = null)
        {
            var plan = format.Plan(now, [record], because);
            plan.AnnotationValue.ShouldBeNull();
            plan.LabelValue.ShouldBeNull();
            plan.States[record.Id].State.ShouldBe("left-out");
            plan.States[record.Id].Reason.ShouldNotBeNull().ShouldContain(reason);
        }

        LeftOut(pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } }, _greeter, "terminating");
        LeftOut(pod with { Phase = PodPhase.Failed }, _greeter, "finished");
        LeftOut(pod.At(), _greeter, "no address");
        LeftOut(pod, _greeter with { OutOfService = OutOfService.ByPod }, "out of service");
        LeftOut(pod, Record("a", 1, "kubernetes.io/h2c"), "is not a valid URL scheme");
        LeftOut(pod, _greeter, "no room", MirrorState.LeftOut(MirrorCauses.NoRoom, "no room"));
    }

    [Fact]
    public void ForeignRecordsSwitchTheMirrorOffAndStayAsTheyAre()
    {
        var format = Format("dubbo-go-1.5");
        var pod = With((Annotation, DubboVectors.V2Provider)).Labelled(Label, "dubbo.io-value");
        var plan = format.Plan(pod, [_greeter]);
        plan.ChangesAnything.ShouldBeFalse();
        plan.AnnotationValue.ShouldBe(DubboVectors.V2Provider);
        plan.LabelValue.ShouldBe("dubbo.io-value");
        plan.States[_greeter.Id].Reason.ShouldNotBeNull().ShouldContain("another writer's records");
        format.Plan(pod, []).ChangesAnything.ShouldBeFalse();
    }

    [Fact]
    public void AForeignLabelValueStaysEvenBesideRecordsOfOurs()
    {
        var format = Format("dubbo-go-1.5");
        var pod = Applied(With(), format.Plan(With(), [_greeter])).Labelled(Label, "somebody");
        var plan = format.Plan(pod, [_greeter]);
        plan.LabelValue.ShouldBe("somebody");
        plan.AnnotationValue.ShouldBeNull("nothing finds the records without the label");
        plan.States[_greeter.Id].Reason.ShouldNotBeNull().ShouldContain("already has the value somebody");
    }

    [Fact]
    public void OursLeaveAListThatAnSdkHasAppendedTo()
    {
        var format = Format("dubbo-go-1.5");
        var pod = Applied(With(), format.Plan(With(), [_greeter]));
        var ours = SdkCodec.Decode(pod.Metadata.Annotations[Annotation]).Single();
        var theirs = SdkCodec.Decode(DubboVectors.V3GroupAndVersion);
        var shared = Applied(pod, format.Plan(With(), [_greeter]) with { AnnotationValue = SdkCodec.Encode([ours, .. theirs]) });
        var plan = format.Plan(shared, [_greeter]);
        SdkCodec.Decode(plan.AnnotationValue!).ShouldBe(theirs);
        plan.ChangesAnnotation.ShouldBeTrue();
        plan.ChangesLabel.ShouldBeFalse();
        plan.States[_greeter.Id].IsWritten.ShouldBeFalse();
    }

    [Theory]
    [InlineData(DubboVectors.V5Text)]
    [InlineData("e30=")]
    [InlineData("no base64!")]
    public void ContentThatCannotBeReadIsForeignToo(string value)
    {
        var plan = Format("dubbo-go-1.5").Plan(With((Annotation, value)), [_greeter]);
        plan.ChangesAnything.ShouldBeFalse();
        plan.AnnotationValue.ShouldBe(value);
        plan.States[_greeter.Id].IsWritten.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("W10=")]
    [InlineData("bnVsbA==")]
    [InlineData("W251bGxd")]
    public void AnEmptyListIsNobodys(string value)
    {
        var plan = Format("dubbo-go-1.5").Plan(With((Annotation, value)), [_greeter]);
        SdkCodec.Decode(plan.AnnotationValue!).ShouldHaveSingleItem();
        plan.States[_greeter.Id].IsWritten.ShouldBeTrue();
        Format("dubbo-go-1.5").Plan(With((Annotation, value)), []).ChangesAnything.ShouldBeFalse();
    }

    [Fact]
    public void ALabelSetByAnotherIsNotReplaced()
    {
        var plan = Format("dubbo-go-1.5").Plan(With().Labelled(Label, "dubbo.io.consumer"), [_greeter]);
        plan.ChangesAnything.ShouldBeFalse();
        plan.States[_greeter.Id].Reason.ShouldNotBeNull().ShouldContain("dubbo.io.consumer");
        Format("dubbo-go-1.5").Plan(With().Labelled(Label, "dubbo.io.provider"), [_greeter]).States[_greeter.Id].IsWritten.ShouldBeTrue();
    }

    private static IMirrorFormat Format(string name) => MirrorFormats.All.Single(format => format.Name == name);

    private static Pod Applied(Pod pod, MirrorPlan plan) => MirrorPlannerTests.Applied(pod, [plan]);
}
