using System.Text;
using System.Text.Json;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Bodies;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Results;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Api;

/// <summary>
/// What a body of the largest size costs to read, whatever it is full of: memory within bounds, at most a hundred faults, and nothing read behind a
/// limit. Counted in allocations and bytes, so that a busy machine changes nothing.
/// </summary>
public sealed class BodyCostTests
{
    private const int Largest = BodyReader.Limit;
    private const int Affordable = 20_000_000;
    private const string Start = "{\"service\":\"x\",\"port\":1,";

    private static readonly Dictionary<string, (Func<byte[], Refusal?> Read, Func<int, string> Body)> Floods = new()
    {
        ["ports"] = (Post, static size => Filled(Start + "\"ports\":[", static _ => "{}", "]}", size)),
        ["ports with names"] = (Post, static size => Filled(Start + "\"ports\":[", static i => $$"""{"name":"p{{i}}","port":1}""", "]}", size)),
        ["mirrors"] = (Post, static size => Filled(Start + "\"mirrors\":[", static _ => "\"\"", "]}", size)),
        ["items"] = (Post, static size => Filled("[", static _ => "{}", "]", size)),
        ["items that are none"] = (Post, static size => Filled("[", static _ => "1", "]", size)),
        ["items without a fault"] = (Post, static size => Filled("[", static i => $$"""{"service":"s{{i}}","port":1}""", "]", size)),
        ["metadata"] = (Post, static size => Filled(Start + "\"metadata\":{", static i => $"\"{i:x}\":\"\"", "}}", size)),
        ["metadata of other types"] = (Post, static size => Filled(Start + "\"metadata\":{", static i => $"\"{i:x}\":1", "}}", size)),
        ["one metadata key again and again"] = (Post, static size => Filled(Start + "\"metadata\":{", static _ => "\"a\":\"\"", "}}", size)),
        ["metadata of items"] = (Post, static size => Filled("[", static i => $$$"""{"service":"s{{{i}}}","port":1,"metadata":{"k":"{{{new string('v', 10_000)}}}"}}""", "]", size)),
        ["arrays in metadata"] = (Post, static size => Filled(Start + "\"metadata\":{\"a\":[", static _ => "[]", "]}}", size)),
        ["unknown members"] = (Post, static size => Filled("{", static i => $"\"{i:x}\":1", "}", size)),
        ["one member again and again"] = (Post, static size => Filled("{", static _ => "\"port\":1", "}", size)),
        ["arrays in an unknown member"] = (Post, static size => Filled(Start + "\"x\":[", static _ => "[]", "]}", size)),
        ["nesting"] = (Post, static size => new string('[', size)),
        ["one name"] = (Post, static size => $"{{\"{new string('\u0001', (size - 7) / 6).Replace("\u0001", "\\u0001", StringComparison.Ordinal)}\":1}}"),
        ["a URL's parameters"] = (Post, static size => Filled("{\"url\":\"dubbo://10.0.0.1:1/a?", static i => $"{i:x}=1", "\"}", size, '&')),
        ["metadata of a patch"] = (Patch, static size => Filled("{\"metadata\":{", static i => $"\"{i:x}\":null", "}}", size)),
        ["unknown members of a patch"] = (Patch, static size => Filled("{", static i => $"\"{i:x}\":1", "}", size)),
        ["fields"] = (PostForm, static size => Filled("service=x&port=1&", static i => $"{i:x}=", "", size, '&')),
        ["one field again and again"] = (PostForm, static size => Filled("", static _ => "service=x", "", size, '&')),
        ["one unknown field again and again"] = (PostForm, static size => Filled("", static _ => "a", "", size, '&')),
        ["metadata fields"] = (PostForm, static size => Filled("service=x&port=1&", static i => $"metadata.{i:x}=1", "", size, '&')),
        ["mirror fields"] = (PostForm, static size => Filled("service=x&port=1&", static _ => "mirrors=x", "", size, '&')),
        ["applications of a mapping"] = (PutMapping, static size => Filled("[", static i => $"\"a{i}\"", "]", size)),
        ["faults of a mapping"] = (PutMapping, static size => Filled("{\"applications\":[", static _ => "\"\"", "]}", size)),
        ["unknown members of a mapping"] = (PutMapping, static size => Filled("{", static i => $"\"{i:x}\":1", "}", size)),
        ["faults of a MetadataInfo"] = (PutMetadataInfo, static size => Filled("{\"services\":{", static i => $"\"{i:x}\":[]", "}}", size)),
        ["arrays in a MetadataInfo"] = (PutMetadataInfo, static size => Filled("{\"app\":7,\"x\":[", static _ => "[]", "]}", size)),
    };

    public static TheoryData<string> Names => [.. Floods.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void ABodyOfTheLargestSizeIsRefusedWithinItsBounds(string name)
    {
        var (read, body) = Floods[name];
        read(Encoding.UTF8.GetBytes(body(1000)));
        var bytes = Encoding.UTF8.GetBytes(body(Largest));
        bytes.Length.ShouldBeInRange(Largest - 20_000, Largest);

        var (cost, refusal) = Cost(read, bytes);

        cost.ShouldBeLessThan(Affordable);
        refusal.ShouldNotBeNull();
        refusal.Faults.Length.ShouldBeLessThanOrEqualTo(100);
        refusal.Faults.Distinct().Count().ShouldBe(refusal.Faults.Length);
        Told(refusal).Length.ShouldBeLessThan(200_000);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ABodyTwiceAsLargeCostsLessThanThreeTimesAsMuch(string name)
    {
        var (read, body) = Floods[name];
        ShouldGrowEvenly(read, body(Largest / 8), body(Largest / 4));
    }

    [Fact]
    public void SoItIsWithBodiesWithoutAFault()
    {
        static string Metadata(int count) => $"{Start}\"metadata\":{{{Repeated("\"NAME\":\"value\"", count)}}}}}";
        static string Items(int count) => $"[{Repeated("{\"service\":\"NAME\",\"port\":1,\"metadata\":{\"a\":\"b\"},\"ports\":[{\"name\":\"p\",\"port\":1}]}", count)}]";
        static string Services(int count) => $"{{\"services\":{{{Repeated("\"NAME\":{\"name\":\"NAME\",\"params\":{\"a\":\"b\"}}", count)}}}}}";
        ShouldGrowEvenly(Good(Post), Metadata(4_000), Metadata(8_000));
        ShouldGrowEvenly(Good(Post), Items(100), Items(200));
        ShouldGrowEvenly(Good(PutMetadataInfo), Services(1_000), Services(2_000));

        static Func<byte[], Refusal?> Good(Func<byte[], Refusal?> read) => body =>
        {
            read(body).ShouldBeNull();
            return null;
        };
    }

    [Theory]
    [InlineData("ports", 64 * 3)]
    [InlineData("ports with names", 64 * 30)]
    [InlineData("mirrors", 4 * 3)]
    [InlineData("items", 200 * 3)]
    [InlineData("items without a fault", 200 * 30)]
    [InlineData("metadata", 192 * 1024 * 2)]
    [InlineData("metadata of other types", 100 * 10)]
    [InlineData("unknown members", 100 * 10)]
    [InlineData("one member again and again", 102 * 10)]
    public void ReadingEndsAtTheLimit(string name, int most)
    {
        var bytes = Encoding.UTF8.GetBytes(Floods[name].Body(Largest));
        var json = new JsonBody(bytes, new JsonReaderOptions(), new FaultList(), MetadataBudget.OfRegistrations());
        RegistrationRequests.ReadBatch(ref json).ShouldBeNull();
        json.Faults.IsCut.ShouldBeTrue();
        json.BytesConsumed.ShouldBeLessThan(most + 50);
    }

    [Fact]
    public void WhatIsBehindALimitIsNotLookedAt()
    {
        var limits = new (string Body, string Limit)[]
        {
            ($"{Start}\"ports\":[{Repeated("{\"name\":\"NAME\",\"port\":1}", 65)} no json", "/ports"),
            ($"{Start}\"mirrors\":[\"generic\",\"dubbo-java\",\"dubbo-go-1.4\",\"x\",\"y\" no json", "/mirrors"),
            ($"[{Repeated("{\"service\":\"NAME\",\"port\":1}", 201)} no json", ""),
        };
        foreach (var (body, limit) in limits)
        {
            var refusal = Post(Encoding.UTF8.GetBytes(body)).ShouldNotBeNull();
            refusal.Code.ShouldBe(RefusalCodes.InvalidRegistration, body);
            refusal.Faults.ShouldContain(fault => fault.Pointer == limit);
            refusal.Detail.ShouldContain("there may be more");
        }
    }

    [Fact]
    public void WhatFitsIsReadToItsEnd()
    {
        Post($"{Start}\"ports\":[{Repeated("{\"name\":\"NAME\",\"port\":1}", 64)}]}}").ShouldBeNull();
        Post($"{Start}\"mirrors\":[\"generic\",\"dubbo-java\",\"dubbo-go-1.5\"]}}").ShouldBeNull();
        Post($"[{Repeated("{\"service\":\"NAME\",\"port\":1}", 200)}]").ShouldBeNull();
        Post($$$"""{{{Start}}}"metadata":{"k":"{{{new string('v', (192 * 1024) - 7)}}}"}}""").ShouldBeNull();
        Post($$$"""{{{Start}}}"metadata":{"k":"{{{new string('v', (192 * 1024) - 6)}}}"}}""")!.Code.ShouldBe(RefusalCodes.AnnotationsFull);
        PutMapping(Encoding.UTF8.GetBytes($"[{Repeated("\"NAME\"", 200)}]")).ShouldBeNull();
        Post($"{Start}\"ports\":[{Repeated("{\"name\":\"NAME\",\"port\":1}", 64)}] no json")!.Code.ShouldBe(RefusalCodes.MalformedJson);
        Post(Start + "\"weight\":1}]")!.Code.ShouldBe(RefusalCodes.MalformedJson);
    }

    [Fact]
    public void FaultsBeforeALimitAreToldBesideIt()
    {
        var refusal = Post($$"""{"service":"no name","weight":-1,"ports":[{{Repeated("{\"name\":\"NAME\"}", 65)}}],"port":0}""").ShouldNotBeNull();
        var pointers = refusal.Faults.Select(static fault => fault.Pointer).ToList();
        pointers.ShouldContain("/service");
        pointers.ShouldContain("/weight");
        pointers.ShouldContain("/ports");
        pointers.ShouldContain("/ports/63/port");
        pointers.ShouldNotContain("/port", "it was not read, so nothing is known of it");
    }

    [Fact]
    public void AnObjectMayBeNestedThirtyTwoDeep()
    {
        Post($"{Start}\"x\":{new string('[', 31)}{new string(']', 31)}}}")!.Code.ShouldBe(RefusalCodes.InvalidRegistration);
        Post($"{Start}\"x\":{new string('[', 32)}{new string(']', 32)}}}")!.Code.ShouldBe(RefusalCodes.MalformedJson);
    }

    [Fact]
    public void AQueryOfThousandsOfParametersHasAHundredFaults()
    {
        var faults = new FaultList();
        var context = new DefaultHttpContext { Request = { QueryString = new QueryString("?" + string.Join('&', Enumerable.Range(0, 5_000).Select(static i => $"p{i}=1"))) } };
        new QueryReader(context.Request.Query, faults).Finish("known");
        var refusal = faults.ToRefusal();
        refusal.Faults.Length.ShouldBe(100);
        refusal.Detail.ShouldContain("there may be more");
    }

    [Fact]
    public void AFaultIsToldOnce()
    {
        var faults = new FaultList();
        for (var i = 0; i < 3; i++)
            faults.AtPointer("/port", FaultCodes.Missing, "'port' is required.");
        faults.AtPointer("/port", FaultCodes.OutOfRange, "The port must be 1 to 65535.");
        faults.ToRefusal().Faults.Select(static fault => fault.Code).ShouldBe([FaultCodes.Missing, FaultCodes.OutOfRange]);
        faults.IsCut.ShouldBeFalse();
    }

    [Fact]
    public void AnAnswerNamesAHundredFaultsHoweverManyThereAre()
    {
        var refusal = new Refusal(RefusalCodes.InvalidRegistration, "The registrations contradict each other.")
        {
            Faults = [.. Enumerable.Range(0, 199).Select(static i => new Fault($"/{i}", null, FaultCodes.Repeated, "again"))],
        };
        using var told = JsonDocument.Parse(Told(refusal));
        told.RootElement.GetProperty("errors").GetArrayLength().ShouldBe(100);
        told.RootElement.GetProperty("detail").GetString().ShouldBe("The registrations contradict each other. 'errors' names the first 100 of 199 faults.");
    }

    [Theory]
    [InlineData(98)]
    [InlineData(99)]
    [InlineData(100)]
    public void ALongNameIsCutBetweenCharacters(int length)
    {
        var refusal = Post($$"""{"service":"x","port":1,"{{new string('n', length)}}😀😀":1}""").ShouldNotBeNull();
        Told(refusal).ShouldNotContain("\uFFFD");
        refusal.Faults.Single().Pointer!.Length.ShouldBeInRange(100, 104);
    }

    private static Refusal? Post(string body) => Post(Encoding.UTF8.GetBytes(body));

    private static Refusal? Post(byte[] body) => RegistrationRequests.ReadJson(body).Refusal;

    private static Refusal? PostForm(byte[] body) => RegistrationRequests.ReadForm(body).Refusal;

    private static Refusal? Patch(byte[] body) => RegistrationRequests.ReadChange(body).Refusal;

    private static Refusal? PutMapping(byte[] body) => MappingBody.Read(body, "shop", "com.example.GreetingService").Refusal;

    private static Refusal? PutMetadataInfo(byte[] body)
    {
        using var document = StrictJson.Parse(body, out var refusal);
        if (document is null)
            return refusal;
        return MetadataInfoReader.Read(document.RootElement, body, "greeter", "r1", out var faults) is null ? new Refusal(RefusalCodes.InvalidMetadata, "") { Faults = faults } : null;
    }

    private static void ShouldGrowEvenly(Func<byte[], Refusal?> read, string once, string twice)
    {
        var (small, large) = (Encoding.UTF8.GetBytes(once), Encoding.UTF8.GetBytes(twice));
        // What is rented from a pool is there after this.
        read(small);
        read(large);
        Cost(read, large).Bytes.ShouldBeLessThan((3 * Cost(read, small).Bytes) + 4096);
    }

    private static (long Bytes, Refusal? Refusal) Cost(Func<byte[], Refusal?> read, byte[] body)
    {
        // The least of a few: what is rented from a pool may have been taken by other threads meanwhile.
        var (least, refusal) = (long.MaxValue, (Refusal?)null);
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            refusal = read(body);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return (least, refusal);
    }

    private static string Told(Refusal refusal)
    {
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        ProblemJson.Write(written, refusal);
        return Encoding.UTF8.GetString(written.WrittenSpan);
    }

    /// <summary>As many items as fit into <paramref name="size"/> bytes.</summary>
    private static string Filled(string head, Func<int, string> item, string tail, int size, char separator = ',')
    {
        var text = new StringBuilder(head, size).Append(item(0));
        for (var i = 1; item(i) is var next && text.Length + next.Length + 1 + tail.Length <= size; i++)
            text.Append(separator).Append(next);
        return text.Append(tail).ToString();
    }

    private static string Repeated(string item, int count) =>
        string.Join(',', Enumerable.Range(0, count).Select(i => item.Replace("NAME", $"n{i}", StringComparison.Ordinal)));
}
