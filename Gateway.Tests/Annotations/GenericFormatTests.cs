using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class GenericFormatTests
{
    private const string Key = "app.io/annotation";

    [Fact]
    public void KeysOfDubbosShapeAreRecordsUnderAnyRoot()
    {
        var records = With((Key, SdkCodec.Encode(
            ("/shop/orders/providers/" + SdkCodec.Escape($"http://{Address}:8080/api?zone=a"), ""),
            ("/shop/carts/providers/1", $"http://{Address}:8081/?version=2"),
            ("/shop/orders/consumers/" + SdkCodec.Escape($"consumer://{Address}/x?protocol=http"), "")))).Read();
        records.Unreadable.ShouldBeEmpty();
        records.Registrations.Select(record => record.Key).ShouldBe(
        [
            new(Namespace, "orders", "", "", "http", 8080), new(Namespace, "carts", "", "2", "http", 8081),
        ], ignoreOrder: true);
        records.Registrations.ShouldAllBe(record => record.Source == InstanceSource.Generic);
        records.Consumers.ShouldHaveSingleItem().Service.ShouldBe("orders");
    }

    [Fact]
    public void AUrlAtThePodIsARecordOfTheApp()
    {
        var pod = With((Key, SdkCodec.Encode(("endpoint", $"http://{Address}:8080/api"), ("zone", "a"), ("home", "https://example.com:443/"))));
        var labelled = pod.Labelled("app", "orders").Read();
        labelled.Unreadable.ShouldBeEmpty();
        var record = labelled.Registrations.ShouldHaveSingleItem();
        record.Key.ShouldBe(new RegistrationKey(Namespace, "orders", "", "", "http", 8080));
        record.Metadata["zone"].ShouldBe("a");
        record.Metadata["home"].ShouldBe("https://example.com:443/");
        record.Metadata.ContainsKey("endpoint").ShouldBeFalse();

        pod.Read().Registrations.ShouldHaveSingleItem().Key.Service.ShouldBe("api");
    }

    [Fact]
    public void FreeTextIsNoRecordAndNoFault() => With((Key, SdkCodec.Encode(("a", "b"), ("/x/y", ""), ("", "z")))).Read().ShouldBeSameAs(PodRecords.None);

    [Fact]
    public void FreeTextNeverChangesWhatARecordIs()
    {
        var record = With((Key, SdkCodec.Encode(
            ("/shop/orders/providers/" + SdkCodec.Escape($"http://{Address}:8080/"), ""),
            ("registry-gateway.id", "1"), ("version", "9"), ("weight", "1"), ("default.group", "g"), ("interface", "other")))).Read().Registrations.ShouldHaveSingleItem();
        record.Key.ShouldBe(new RegistrationKey(Namespace, "orders", "", "", "http", 8080));
        record.Weight.ShouldBe(100);
    }

    [Fact]
    public void ALeafWithoutAUrlIsReported() =>
        With((Key, SdkCodec.Encode(("/shop/orders/providers/1", "x")))).Read().Unreadable.ShouldHaveSingleItem().Reason.ShouldContain("not a URL");

    [Fact]
    public void ThePrintedSampleIsTextAndIsReported()
    {
        var unreadable = With((Key, DubboVectors.V5Text)).Read().Unreadable.ShouldHaveSingleItem();
        unreadable.Source.ShouldBe(InstanceSource.Generic);
        unreadable.Reason.ShouldContain("is not JSON");
    }
}
