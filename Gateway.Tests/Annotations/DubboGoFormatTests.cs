using System.Security.Cryptography;
using Gateway.Core.Annotations;
using Gateway.Core.Annotations.Dubbo;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

public sealed class DubboGoFormatTests
{
    private const string Key = "dubbo.io/annotation";

    [Fact]
    public void TheArticlesPodIsAConsumerAndProvidesNothing()
    {
        Sha256(DubboVectors.V1Consumer).ShouldBe(DubboVectors.V1Sha256);
        var records = With((Key, DubboVectors.V1Consumer)).At("172.17.0.8").Read();
        records.Registrations.ShouldBeEmpty();
        records.Unreadable.ShouldBeEmpty();
        var consumer = records.Consumers.ShouldHaveSingleItem();
        consumer.Source.ShouldBe(InstanceSource.DubboGo);
        consumer.Service.ShouldBe("com.ikurento.user.UserProvider");
        consumer.Address.ShouldBe("172.17.0.8");
        consumer.Protocol.ShouldBe("dubbo");
        consumer.Metadata["dubbo"].ShouldBe("dubbogo-consumer-2.6.0");
    }

    [Fact]
    public void ARealProviderIsReadWithBothEncodingsUndone()
    {
        Sha256(DubboVectors.V2Provider).ShouldBe(DubboVectors.V2Sha256);
        var records = With((Key, DubboVectors.V2Provider)).At("172.17.0.6").Labelled("dubbo.io/label", "dubbo.io-value").Read();
        records.Unreadable.ShouldBeEmpty();
        var provider = records.Registrations.ShouldHaveSingleItem();
        provider.Source.ShouldBe(InstanceSource.DubboGo);
        provider.Key.ShouldBe(new RegistrationKey(Namespace, "com.ikurento.user.UserProvider", "", "", "dubbo", 20000));
        provider.Id.ShouldBe(provider.Key.IdFor(Uid));
        provider.Weight.ShouldBe(100);
        provider.RegisteredAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1591156155));
        provider.Metadata["service.filter"].ShouldBe("echo,token,accesslog,tps,generic_service,execute,pshutdown");
        provider.Metadata["module"].ShouldBe("dubbogo user-info server");
        provider.Metadata["application"].ShouldBe("BDTService");
        provider.Metadata.ContainsKey("accesslog").ShouldBeFalse();
        provider.Metadata.ContainsKey("interface").ShouldBeFalse();
        provider.Metadata.ContainsKey("timestamp").ShouldBeFalse();
    }

    [Fact]
    public void GroupAndVersionComeFromTheQuery()
    {
        var provider = With((Key, DubboVectors.V3GroupAndVersion)).Read().Registrations.ShouldHaveSingleItem();
        provider.Key.ShouldBe(new RegistrationKey(Namespace, "com.example.GreetingService", "g1", "1.0.0", "dubbo", 20880));
        provider.Metadata["methods"].ShouldBe("SayHello,Bye");
        provider.RegisteredAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        provider.ForeignAddress.ShouldBeNull();
    }

    [Fact]
    public void TheUrlSafeAlphabetAndGosEscapesAreRead()
    {
        var entry = KeyValueList.Decode(DubboVectors.V4UrlSafe, out var fault).ShouldHaveSingleItem();
        fault.ShouldBeNull();
        entry.Key.ShouldBe("/dubbo/com.example.Foo/providers/x");
        entry.Value.ShouldBe("<é?>&~ÿ??>>");
        KeyValueList.Encode([KeyValueList.Element(entry.Key, entry.Value)]).ShouldBe(DubboVectors.V4UrlSafe);
        With((Key, DubboVectors.V4UrlSafe)).Read().Unreadable.ShouldHaveSingleItem().Reason.ShouldContain("not a URL");
    }

    [Theory]
    [InlineData(DubboVectors.V5Text, "is not JSON")]
    [InlineData("e30=", "not a JSON array")]
    [InlineData("W1 0=", "not base64")]
    [InlineData("W10=W10=", "not base64")]
    [InlineData("!!!!", "not base64")]
    [InlineData("a", "not base64")]
    public void WhatIsNoListIsReported(string value, string reason)
    {
        var carts = Record("carts", 80);
        var records = With((Key, value), (Options.KeyOf(carts.Id), NativeFormat.Write(carts))).Read();
        records.Registrations.ShouldHaveSingleItem().Id.ShouldBe(carts.Id);
        var unreadable = records.Unreadable.ShouldHaveSingleItem();
        unreadable.ShouldSatisfyAllConditions(
            record => record.Source.ShouldBe(InstanceSource.DubboGo), record => record.AnnotationKey.ShouldBe(Key), record => record.Reason.ShouldContain(reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("W10=")]
    [InlineData("W10")]
    [InlineData("bnVsbA==")]
    [InlineData("W251bGxd")]
    public void AnEmptyListIsNoFault(string value) => With((Key, value)).Read().ShouldBeSameAs(PodRecords.None);

    [Theory]
    [InlineData("standard alphabet")]
    [InlineData("no padding")]
    [InlineData("line breaks")]
    public void OtherWritersOfBase64AreRead(string manner)
    {
        // The note brings both letters in which the alphabets differ.
        var value = SdkCodec.Encode(SdkCodec.Leaf($"dubbo://{Address}:1/com.example.Foo?note=x"), ("/free", "<é?>&~ÿ??>>ÿÿÿ"));
        value = manner switch
        {
            "standard alphabet" => value.Replace('-', '+').Replace('_', '/'),
            "no padding" => value.TrimEnd('='),
            _ => string.Join("\r\n", value.Chunk(76).Select(line => new string(line))) + "\n",
        };
        With((Key, value)).Read().Registrations.ShouldHaveSingleItem().Key.Service.ShouldBe("com.example.Foo");
    }

    [Fact]
    public void OneBadRecordDropsNoOther()
    {
        var good = SdkCodec.Leaf($"dubbo://{Address}:20880/com.example.Foo?interface=com.example.Foo");
        string[] elements =
        [
            "null", "7", "\"text\"", """{"k":5}""", """{"k":"\ud800"}""", """{"k":"/dubbo/a/providers/%zz","v":""}""",
            """{"k":"/dubbo/a/providers/nothing","v":""}""", """{"k":"/dubbo/a/providers/dubbo%3A%2F%2F10.244.1.7%2Fa","v":""}""",
            """{"k":"/dubbo/a/providers/dubbo%3A%2F%2F10.244.1.7%3A0%2Fa","v":""}""", """{"k":"/dubbo/a/providers/dubbo%3A%2F%2F10.244.1.7%3A1%2Fa%20b","v":""}""",
            """{"k":"/dubbo/a/providers/dubbo%3A%2F%2F10.9.9.9%3A1%2Fa","v":""}""", $$"""{"K":"{{good.Key}}","V":null,"more":1}""",
        ];
        var records = With((Key, SdkCodec.EncodeText($"[{string.Join(',', elements)}]"))).Read();
        records.Registrations.ShouldHaveSingleItem().Key.Port.ShouldBe(20880);
        records.Unreadable.Select(record => record.Reason[..record.Reason.IndexOf(':', StringComparison.Ordinal)])
            .ShouldBe(["/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9", "/10"]);
        records.Unreadable[^1].Reason.ShouldContain("is not the pod's");
    }

    [Fact]
    public void ARestartedProviderCountsOnceWithItsLatestTimestamp()
    {
        string Url(int time, int pid) => $"dubbo://{Address}:20880/com.example.Foo?interface=com.example.Foo&pid={pid}&timestamp={time}";
        var value = SdkCodec.Encode(
            ("/dubbo/com.example.Foo/providers", ""), SdkCodec.Leaf(Url(200, 2)), ("/dubbo/com.example.Foo/providers", ""), SdkCodec.Leaf(Url(300, 3)),
            SdkCodec.Leaf(Url(100, 1)));
        var records = With((Key, value)).Read();
        records.Unreadable.ShouldBeEmpty();
        var provider = records.Registrations.ShouldHaveSingleItem();
        provider.RegisteredAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(300));
        provider.Metadata["pid"].ShouldBe("3");
    }

    [Fact]
    public void ServicesOfOnePodStandSideBySide()
    {
        var value = SdkCodec.Encode(
            SdkCodec.Leaf($"dubbo://{Address}:20880/a?interface=a&version=1"), SdkCodec.Leaf($"dubbo://{Address}:20880/a?interface=a&version=2"),
            SdkCodec.Leaf($"tri://{Address}:50051/a?interface=a&version=1"), SdkCodec.Leaf($"dubbo://{Address}:20880/b?interface=b"));
        With((Key, value)).Read().Registrations.Length.ShouldBe(4);
    }

    [Fact]
    public void TheServiceIsTheInterfaceElseThePathElseTheKey()
    {
        string Service(string url) => With((Key, SdkCodec.Encode(SdkCodec.Leaf(url, "of.the.Key%241")))).Read().Registrations.Single().Key.Service;
        Service($"dubbo://{Address}:1/of.the.Path?interface=of.the.Query").ShouldBe("of.the.Query");
        Service($"dubbo://{Address}:1/of.the.Path?default.interface=of.the.Default").ShouldBe("of.the.Default");
        Service($"dubbo://{Address}:1/of.the.Path?interface=").ShouldBe("of.the.Path");
        Service($"dubbo://{Address}:1").ShouldBe("of.the.Key$1");
    }

    [Fact]
    public void AnAddressThatIsNotThePodsIsKeptOutUnlessAllowed()
    {
        var pod = With((Key, SdkCodec.Encode(SdkCodec.Leaf("dubbo://10.9.9.9:1/a"), SdkCodec.Leaf("consumer://10.9.9.9/b", role: "consumers"))));
        var refused = pod.Read();
        refused.Registrations.ShouldBeEmpty();
        refused.Consumers.ShouldBeEmpty();
        refused.Unreadable.Length.ShouldBe(2);
        refused.Unreadable.ShouldAllBe(record => record.Reason.Contains("10.9.9.9 is not the pod's"));

        var allowed = new PodRecordReader(new AnnotationOptions { AllowForeignAddresses = true }).Read(pod);
        var provider = allowed.Registrations.ShouldHaveSingleItem();
        provider.ForeignAddress.ShouldBe("10.9.9.9");
        provider.Id.ShouldBe(provider.Key.IdFor("10.9.9.9"));
        allowed.Consumers.ShouldHaveSingleItem().Address.ShouldBe("10.9.9.9");
    }

    [Fact]
    public void BeforeThePodHasAnAddressItsRecordIsTakenForItsOwn()
    {
        var pod = With((Key, SdkCodec.Encode(SdkCodec.Leaf("dubbo://10.9.9.9:1/a"), SdkCodec.Leaf("consumer://10.9.9.9/b", role: "consumers"))));
        var early = pod.At().Read();
        early.Unreadable.ShouldBeEmpty();
        early.Consumers.ShouldHaveSingleItem();
        var record = early.Registrations.ShouldHaveSingleItem();
        record.ForeignAddress.ShouldBeNull();
        record.Id.ShouldBe(pod.At("10.9.9.9").Read().Registrations.ShouldHaveSingleItem().Id);
    }

    [Theory]
    [InlineData("dubbo://[fd00:0:0::7]:20880/a")]
    [InlineData("dubbo://10.244.1.7:20880/a")]
    [InlineData("dubbo://user:secret@10.244.1.7:20880/a")]
    [InlineData("dubbo://10.244.1.7,10.244.1.7:20880,10.9.9.9:1/a")]
    [InlineData("dubbo://:20880/a")]
    public void ThePodIsMetAtAnyOfItsAddresses(string url)
    {
        var records = With((Key, SdkCodec.Encode(SdkCodec.Leaf(url)))).At(Address, "fd00::7").Read();
        records.Unreadable.ShouldBeEmpty();
        records.Registrations.ShouldHaveSingleItem().Key.ShouldBe(new RegistrationKey(Namespace, "a", "", "", "dubbo", 20880));
    }

    [Theory]
    [InlineData("0", 0, false)]
    [InlineData("10000", 10_000, false)]
    [InlineData("10001", 100, true)]
    [InlineData("-1", 100, true)]
    [InlineData("heavy", 100, true)]
    public void AWeightCountsWhereItIsOne(string text, int weight, bool isMetadata)
    {
        var provider = With((Key, SdkCodec.Encode(SdkCodec.Leaf($"dubbo://{Address}:1/a?weight={text}&methods.get.weight=7")))).Read().Registrations.Single();
        provider.Weight.ShouldBe(weight);
        provider.Metadata.ContainsKey("weight").ShouldBe(isMetadata);
        provider.Metadata["methods.get.weight"].ShouldBe("7");
    }

    [Theory]
    [InlineData("1700000000", "2023-11-14T22:13:20Z")]
    [InlineData("1700000000000", "2023-11-14T22:13:20Z")]
    [InlineData("999999999999", null)]
    [InlineData("99999999999999999", null)]
    [InlineData("99999999999999999999999", null)]
    [InlineData("soon", null)]
    [InlineData("0", null)]
    public void TimestampsAreSecondsOrMilliseconds(string text, string? expected) =>
        With((Key, SdkCodec.Encode(SdkCodec.Leaf($"dubbo://{Address}:1/a?timestamp={text}")))).Read().Registrations.Single().RegisteredAt
            .ShouldBe(expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void AVersionOfNoughtsIsKeptAsGiven() =>
        With((Key, SdkCodec.Encode(SdkCodec.Leaf($"dubbo://{Address}:1/a?version=0.0.0")))).Read().Registrations.Single().Key.Version.ShouldBe("0.0.0");

    [Fact]
    public void UrlsEscapedTwiceOverAndRawValuesAreRead()
    {
        var twice = SdkCodec.Leaf(SdkCodec.Escape($"dubbo://{Address}:1/a?interface=a&note=x%2Cy"));
        var raw = SdkCodec.Leaf($"dubbo://{Address}:2/a?interface=a&note=50%");
        var records = With((Key, SdkCodec.Encode(twice, raw))).Read();
        records.Registrations.Single(record => record.Key.Port == 1).Metadata["note"].ShouldBe("x,y");
        records.Registrations.Single(record => record.Key.Port == 2).Metadata["note"].ShouldBe("50%");
    }

    [Fact]
    public void AnyRootIsTaken_AndRecordsOfTheGatewayArePassedOver()
    {
        var ours = SdkCodec.Leaf($"dubbo://{Address}:1/a?registry-gateway.id=0123");
        var ourConsumer = SdkCodec.Leaf($"consumer://{Address}/a?registry-gateway.id=0123", role: "consumers");
        var theirs = ("/my-group/a/providers/" + SdkCodec.Escape($"dubbo://{Address}:2/a"), "");
        var short1 = ("/providers/" + SdkCodec.Escape($"dubbo://{Address}:3/b"), "");
        var short2 = ("/providers/", "");
        var records = With((Key, SdkCodec.Encode(ours, ourConsumer, theirs, short1, short2))).Read();
        records.Registrations.Select(record => record.Key.Port).Order().ShouldBe([2, 3]);
        records.Consumers.ShouldBeEmpty();
        records.Unreadable.ShouldBeEmpty();
    }

    [Fact]
    public void WhatAnSdkWroteIsReadAsItWasMeant_TenThousandTimes()
    {
        var generated = new GeneratedRegistrations(2);
        for (var i = 0; i < 10_000; i++)
        {
            var record = generated.Next();
            var parameters = new Dictionary<string, string>(record.Metadata)
            {
                ["interface"] = record.Key.Service,
                ["group"] = record.Key.Group,
                ["version"] = record.Key.Version,
                ["weight"] = $"{record.Weight}",
                ["timestamp"] = $"{record.RegisteredAt!.Value.ToUnixTimeSeconds()}",
            };
            var leaf = SdkCodec.Leaf("providers", record.Key.Protocol, $"{Address}:{record.Key.Port}", record.Key.Service, parameters);
            var read = With((Key, SdkCodec.Encode(leaf))).Read().Registrations.ShouldHaveSingleItem();
            read.Key.ShouldBe(record.Key);
            read.Id.ShouldBe(record.Id);
            read.Weight.ShouldBe(record.Weight);
            read.Metadata.ShouldBe(record.Metadata);
        }
    }

    private static string Sha256(string value) =>
        Convert.ToHexStringLower(SHA256.HashData(Convert.FromBase64String(value.Replace('-', '+').Replace('_', '/'))));
}
