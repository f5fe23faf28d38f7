using System.Text;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Native;
using Gateway.Core.Annotations.Records;
using static Gateway.Tests.Annotations.AnnotatedPod;

namespace Gateway.Tests.Annotations;

/// <summary>One item, sent as a POST and written into <c>declare</c>: the same verdict, the same faults and the same record.</summary>
public sealed class OneRuleForBothWaysTests
{
    private const string Key = "registry-gateway.io/declare";

    private static readonly Dictionary<string, (string Members, bool Accepted)> Cases = [];

    static OneRuleForBothWaysTests()
    {
        Cases.Add("service and port", ("{}", true));
        Cases.Add("a null member is unset", ("""{"group":null,"ports":null,"metadata":null,"weight":null,"mirrors":null,"container":null}""", true));
        Cases.Add("every member", ("""{"group":"g","version":"1.0","protocol":"grpc","ports":[{"name":"admin","port":81}],"metadata":{"a":"1"},"weight":7,"container":"app","mirrors":["generic"]}""", true));
        Cases.Add("an unknown member", ("""{"prot":"http"}""", false));
        Cases.Add("a member of another case", ("""{"Weight":1}""", false));
        Cases.Add("a repeated member", ("""{"weight":1,"weight":1}""", false));
        Cases.Add("no container run", ("""{"container":"none"}""", true));
        Cases.Add("a container that is no label", ("""{"container":"a.b"}""", false));
        Cases.Add("an empty container", ("""{"container":""}""", false));
        Cases.Add("a mirror", ("""{"mirrors":["dubbo-go-1.5"]}""", true));
        Cases.Add("an unknown mirror", ("""{"mirrors":["zookeeper"]}""", false));
        Cases.Add("a repeated mirror", ("""{"mirrors":["generic","generic"]}""", false));
        Cases.Add("mirrors that exclude each other", ("""{"mirrors":["dubbo-go-1.4","dubbo-go-1.5"]}""", false));
        Cases.Add("five mirrors", ("""{"mirrors":["generic","dubbo-java","dubbo-go-1.4","generic","dubbo-java"]}""", false));
        Cases.Add("a mirror that is no text", ("""{"mirrors":[1]}""", false));
        Cases.Add("mirrors that are no array", ("""{"mirrors":"generic"}""", false));
        Cases.Add("text that is no Unicode", ("""{"version":"\ud800"}""", false));
        Cases.Add("a name of a member that is no Unicode", ("""{"\ud800":1}""", false));
        Cases.Add("far too deep", ($$"""{"x":{{new string('[', 40)}}{{new string(']', 40)}}}""", false));
        AddKeys();
        AddNumbers();
        AddPorts();
        AddMetadata();
    }

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void APostAndADeclareJudgeAlike(string name)
    {
        var (members, accepted) = Cases[name];
        var item = Item(members);
        var posted = RegistrationRequests.ReadJson(Encoding.UTF8.GetBytes(item));
        var declared = With((Key, $$"""[{"service":"before","port":1},{{item}},{"service":"behind","port":1}]""")).Read();

        (posted.Refusal is null).ShouldBe(accepted, $"POST, {name}");
        (declared.Unreadable.Length == 0).ShouldBe(accepted, $"declare, {name}");
        var others = declared.Registrations.Where(static record => record.Key.Service is "before" or "behind");
        others.Count().ShouldBe(2, "an item hides no other");
        if (accepted)
            Written(declared.Registrations[1]).ShouldBe(Written(posted.Value.Items[0].ToRecord(With(), InstanceSource.Declared)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void APostAndADeclareNameTheSameFaults(string name)
    {
        var (members, accepted) = Cases[name];
        var item = Item(members);
        var faults = RegistrationRequests.ReadJson(Encoding.UTF8.GetBytes(item)).Refusal?.Faults ?? [];
        var unreadable = With((Key, $"[{item}]")).Read().Unreadable;

        unreadable.Length.ShouldBe(accepted ? 0 : 1, name);
        foreach (var fault in faults.Take(10))
            unreadable[0].Reason.ShouldContain($"/0{fault.Pointer}: {fault.Detail.Split("; known: ")[0].TrimEnd('.')}");
    }

    [Theory]
    [InlineData("""{"namespace":"shop","pod":"orders-1"}""", "/1/namespace")]
    [InlineData("""{"url":"dubbo://10.244.1.7:20880/com.example.Foo"}""", "/1/url")]
    [InlineData("""{"ttl":30}""", "/1/ttl")]
    public void OnlyACallerCanNameAPodAUrlOrALease(string members, string pointer)
    {
        var records = With((Key, $$"""[{"service":"before","port":1},{{Item(members)}}]""")).Read();
        records.Registrations.ShouldHaveSingleItem();
        records.Unreadable.ShouldHaveSingleItem().Reason.ShouldContain(pointer + ": ");
    }

    [Fact]
    public void ARegistrationThatIsNamedTwiceCountsOnce()
    {
        var item = Item("{}");
        RegistrationRequests.ReadJson(Encoding.UTF8.GetBytes($"[{item},{item}]")).Value.Items.Select(static one => one.KeyIn("shop")).Distinct().ShouldHaveSingleItem();
        var records = With((Key, $"[{item},{item}]")).Read();
        records.Registrations.ShouldHaveSingleItem();
        records.Unreadable.ShouldHaveSingleItem().Reason.ShouldBe("/1: declares the same registration as /0");
    }

    [Fact]
    public void BothTakeTwoHundredRegistrations()
    {
        var items = Enumerable.Range(1, 201).Select(static port => $$"""{"service":"a","port":{{port}}}""").ToList();
        RegistrationRequests.ReadJson(Encoding.UTF8.GetBytes($"[{string.Join(',', items.Take(200))}]")).Value.Items.Count.ShouldBe(200);
        RegistrationRequests.ReadJson(Encoding.UTF8.GetBytes($"[{string.Join(',', items)}]")).Refusal.ShouldNotBeNull();

        With((Key, $"[{string.Join(',', items.Take(200))}]")).Read().Unreadable.ShouldBeEmpty();
        var records = With((Key, $"[{string.Join(',', items)}]")).Read();
        records.Registrations.Length.ShouldBe(200);
        records.Unreadable.ShouldHaveSingleItem().Reason.ShouldStartWith("/200: ");
    }

    [Fact]
    public void AHundredThousandItemsAreOneReport()
    {
        var records = With((Key, $"[{string.Join(',', Enumerable.Repeat("0", 100_000))}]")).Read();
        records.Unreadable.Length.ShouldBe(100);
        records.Unreadable[^1].Reason.ShouldBe("and 102 more records of the pod cannot be read");
        records.Registrations.ShouldBeEmpty();
    }

    [Fact]
    public void TheFirstFaultsOfADeclaredItemAreToldAndTheOthersCounted()
    {
        var item = Item("{" + string.Join(',', Enumerable.Range(0, 30).Select(static i => $"\"x{i}\":1")) + "}");
        var reason = With((Key, $"[{item}]")).Read().Unreadable.ShouldHaveSingleItem().Reason;
        reason.ShouldContain("/0/x9: ");
        reason.ShouldNotContain("/0/x10: ");
        reason.ShouldEndWith("; and 20 more faults");
    }

    private static void AddKeys()
    {
        foreach (var member in new[] { "service", "group", "version" })
        {
            var longest = member == "service" ? 253 : 128;
            Cases.Add($"{member}: every character", ($"{{\"{member}\":\"AZaz09._:$-\"}}", true));
            Cases.Add($"{member}: the longest", ($"{{\"{member}\":\"{new string('a', longest)}\"}}", true));
            Cases.Add($"{member}: too long", ($"{{\"{member}\":\"{new string('a', longest + 1)}\"}}", false));
            Cases.Add($"{member}: empty", ($"{{\"{member}\":\"\"}}", member != "service"));
            Cases.Add($"{member}: a number", ($"{{\"{member}\":1}}", false));
            foreach (var text in new[] { ".", "..", "a b", "a/b", "a+b", "ä", "a\\n", "a\\u0000" })
                Cases.Add($"{member}: {text}", ($"{{\"{member}\":\"{text}\"}}", false));
        }

        Cases.Add("service: three dots", ("""{"service":"..."}""", true));
        foreach (var text in new[] { "http", "AZaz09._+/-", "kubernetes.io/h2c", "grpc+tls", new string('a', 63) })
            Cases.Add($"protocol: {text}", ($"{{\"protocol\":\"{text}\"}}", true));
        foreach (var text in new[] { "", "a:b", "a$b", "a b", "ä", new string('a', 64) })
            Cases.Add($"protocol: {text}", ($"{{\"protocol\":\"{text}\"}}", false));
        Cases.Add("protocol: a number", ("""{"protocol":1}""", false));
    }

    private static void AddNumbers()
    {
        foreach (var (member, least, most) in new[] { ("port", 1, 65_535), ("weight", 0, 10_000) })
        {
            foreach (var number in new[] { $"{least}", $"{most}", "80.0", "8e1", "8.0e1", "800e-1" })
                Cases.Add($"{member}: {number}", ($"{{\"{member}\":{number}}}", true));
            foreach (var number in new[] { $"{least - 1}", $"{most + 1}", "-2", "80.5", "\"80\"", "true", "1e2000", "4294967376", "[80]" })
                Cases.Add($"{member}: {number}", ($"{{\"{member}\":{number}}}", false));
        }

        Cases.Add("port: missing", ("""{"port":null}""", false));
        Cases.Add("service: missing", ("""{"service":null}""", false));
    }

    private static void AddPorts()
    {
        Cases.Add("no ports", ("""{"ports":[]}""", true));
        Cases.Add("64 ports", (Ports(64, static i => $$"""{"name":"p{{i}}","port":{{i + 1}}}"""), true));
        Cases.Add("65 ports", (Ports(65, static i => $$"""{"name":"p{{i}}","port":{{i + 1}}}"""), false));
        Cases.Add("two ports of one name", (Ports(2, static i => $$"""{"name":"p","port":{{i + 1}}}"""), false));
        Cases.Add("two ports of one number", (Ports(2, static i => $$"""{"name":"p{{i}}","port":1}"""), true));
        foreach (var port in new[]
                 {
                     """{"port":1}""", """{"name":"","port":1}""", """{"name":"a b","port":1}""", """{"name":"p"}""", """{"name":"p","port":0}""",
                     """{"name":"p","port":65536}""", """{"name":"p","port":"1"}""", """{"name":"p","port":1,"protocol":""}""",
                     """{"name":"p","port":1,"protocol":"a:b"}""", """{"name":"p","port":1,"nodePort":1}""", """{"name":"p","name":"p","port":1}""",
                     "1", "null", "[]", $$"""{"name":"{{new string('p', 64)}}","port":1}""",
                 })
            Cases.Add($"a port that is {port}", ($$"""{"ports":[{{port}}]}""", false));
        Cases.Add("the longest name of a port", ($$"""{"ports":[{"name":"{{new string('p', 63)}}","port":1}]}""", true));
        Cases.Add("ports that are no array", ("""{"ports":{}}""", false));
    }

    private static void AddMetadata()
    {
        Cases.Add("empty metadata", ("""{"metadata":{}}""", true));
        Cases.Add("the longest key", (Metadata(new string('k', 253), ""), true));
        Cases.Add("a key that is too long", (Metadata(new string('k', 254), ""), false));
        Cases.Add("an empty key", ("""{"metadata":{"":""}}""", false));
        Cases.Add("any characters in a key", ("""{"metadata":{"a b/ä\n":"ö"}}""", true));
        Cases.Add("a repeated key", ("""{"metadata":{"a":"1","a":"1"}}""", false));
        Cases.Add("a number as value", ("""{"metadata":{"a":1}}""", false));
        Cases.Add("null as value", ("""{"metadata":{"a":null}}""", false));
        Cases.Add("metadata that is an array", ("""{"metadata":[]}""", false));
        Cases.Add("as much as fits", (Metadata("k", new string('v', (192 * 1024) - 7)), true));
        Cases.Add("a byte more than fits", (Metadata("k", new string('v', (192 * 1024) - 6)), false));
    }

    private static string Metadata(string key, string value) => $"{{\"metadata\":{{\"{key}\":\"{value}\"}}}}";

    private static string Written(RegistrationRecord record) => record.Id + record.Source + NativeFormat.Write(record);

    private static string Ports(int count, Func<int, string> port) => $$"""{"ports":[{{string.Join(',', Enumerable.Range(0, count).Select(port))}}]}""";

    /// <summary>Service and port, unless these members say otherwise.</summary>
    private static string Item(string members)
    {
        var text = members[1..^1];
        if (!members.Contains("\"service\":", StringComparison.Ordinal) && !members.Contains("\"url\":", StringComparison.Ordinal))
            text = "\"service\":\"orders\"" + (text.Length > 0 ? "," : "") + text;
        if (!members.StartsWith("{\"port\":", StringComparison.Ordinal) && !members.Contains("\"url\":", StringComparison.Ordinal))
            text += ",\"port\":8080";
        return "{" + text + "}";
    }
}
