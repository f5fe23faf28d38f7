using System.Globalization;
using System.Text.Json;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

/// <summary>What one pod can put into its annotations is bounded by number, not only by bytes; what is beyond is reported once.</summary>
public sealed class RecordBoundsTests
{
    private const string Go = "dubbo.io/annotation";
    private const string Java = "io.dubbo/metadata";
    private const string Generic = "app.io/annotation";

    [Fact]
    public void OfAPodAThousandRecordsOfAllFormatsAreReadAndTheRestIsOneReport()
    {
        var records = With((Go, Providers(1_500))).Read();
        records.Registrations.Length.ShouldBe(1_000);
        var fault = records.Unreadable.ShouldHaveSingleItem();
        fault.Source.ShouldBe(InstanceSource.DubboGo);
        fault.AnnotationKey.ShouldBe(Go);
        fault.Reason.ShouldBe("the pod has more than 1000 records; this one and those after it are not read");

        With((Go, Providers(1_000))).Read().Unreadable.ShouldBeEmpty();
        With((Go, SdkCodec.Encode([.. Enumerable.Range(0, 1_500).Select(static i => ($"/dubbo/a.S{i}/consumers/consumer%3A%2F%2F10.244.1.7%2Fa.S{i}", ""))])))
            .Read().Consumers.Length.ShouldBe(1_000);
    }

    [Fact]
    public void OwnRegistrationsComeBeforeTheRecordsOfOtherFormats()
    {
        var own = Enumerable.Range(1, 30).Select(static port => Record("orders", port)).ToList();
        var records = With([.. own.Select(static one => (Options.KeyOf(one.Id), NativeFormat.Write(one))), (Go, Providers(1_500))]).Read();
        records.Registrations.Length.ShouldBe(1_000);
        records.Registrations.Count(static one => one.Source == InstanceSource.Gateway).ShouldBe(30);
    }

    [Fact]
    public void AHundredUnreadableRecordsAreReportedAndTheLastCountsTheOthers()
    {
        With((Go, Broken(100))).Read().Unreadable.ShouldAllBe(static one => one.Reason.EndsWith("is not a URL"));
        var unreadable = With((Go, Broken(5_000))).Read().Unreadable;
        unreadable.Length.ShouldBe(100);
        unreadable[^1].Reason.ShouldBe("and 4901 more records of the pod cannot be read");
    }

    [Fact]
    public void AReasonIsCut()
    {
        var metadata = string.Join(',', Enumerable.Range(0, 5_000).Select(static i => $"\"key-{i}\":1"));
        var reason = With((Options.KeyOf(new string('a', 32)), "{\"v\":1,\"service\":\"a\",\"port\":1,\"metadata\":{" + metadata + "}}")).Read().Unreadable.ShouldHaveSingleItem().Reason;
        reason.Length.ShouldBeLessThan(1_100);
    }

    [Fact]
    public void OfADubboJavaMapSixtyFourEndpointsCount()
    {
        var endpoints = JsonSerializer.Serialize(Enumerable.Range(1, 5_000).Select(static port => new { port, protocol = "tri" }));
        With((Java, JsonSerializer.Serialize(new Dictionary<string, string> { ["dubbo.endpoints"] = endpoints }))).Read().DubboJava!.Endpoints.Length.ShouldBe(64);
    }

    [Fact]
    public void FreeTextOfAGenericAnnotationIsBoundedSinceEveryRecordCarriesIt()
    {
        var pairs = Enumerable.Range(0, 900).Select(static i => ($"free-{i}", "text"))
            .Append(("/shop/orders/providers/dubbo%3A%2F%2F10.244.1.7%3A20880%2Fa.B", ""));
        var records = With((Generic, SdkCodec.Encode([.. pairs]))).Read();
        records.Registrations.ShouldHaveSingleItem().Metadata.Count.ShouldBeInRange(64, 66);
        records.Unreadable.ShouldHaveSingleItem().Reason.ShouldStartWith("/64: is more free text than is shown");

        With((Generic, SdkCodec.Encode(("note", new string('x', 9_000))))).Read().Unreadable.ShouldHaveSingleItem();
    }

    [Fact]
    public void FormatsOfTwiceTheSizeAllocateLessThanThreeTimesAsMuch()
    {
        foreach (var (name, pod) in new (string, Func<int, Pod>)[]
        {
            ("own", static size => With([.. Enumerable.Range(1, size).Select(static port => Record("orders", port)).Select(static one => (Options.KeyOf(one.Id), NativeFormat.Write(one)))])),
            ("declared", static size => With((Options.DeclareKey, $"[{string.Join(',', Enumerable.Range(1, size).Select(static port => $$"""{"service":"a","port":{{port}}}"""))}]"))),
            ("dubbo-go", static size => With((Go, Providers(size)))),
            ("broken", static size => With((Go, Broken(size)))),
            ("dubbo-java", static size => With((Java, JsonSerializer.Serialize(Enumerable.Range(0, size).ToDictionary(static i => $"k{i}", static i => i.ToString(CultureInfo.InvariantCulture)))))),
            ("generic", static size => With((Generic, SdkCodec.Encode([.. Enumerable.Range(0, size).Select(static i => ($"/x/s{i}/providers/dubbo%3A%2F%2F10.244.1.7%3A{i + 1}%2Fa.B", "")), .. Enumerable.Range(0, size).Select(static i => ($"free{i}", "x"))])))),
        })
        {
            var (small, large) = (pod(400), pod(800));
            _ = (small.Read(), large.Read());
            ((double)Allocated(large) / Allocated(small)).ShouldBeLessThan(3, name);
        }
    }

    private static long Allocated(Pod pod)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        pod.Read();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Providers(int count) => SdkCodec.Encode([.. Enumerable.Range(0, count).Select(static i =>
        ($"/dubbo/a.S{i}/providers/dubbo%3A%2F%2F10.244.1.7%3A20880%2Fa.S{i}%3Finterface%3Da.S{i}", ""))]);

    private static string Broken(int count) => SdkCodec.Encode([.. Enumerable.Range(0, count).Select(static i => ($"/dubbo/a.S/providers/{i}", ""))]);
}
