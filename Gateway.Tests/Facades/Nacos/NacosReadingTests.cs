using System.Text;
using Gateway.Api.Facades;
using Gateway.Api.Facades.Nacos;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Facades.Nacos;

/// <summary>What clients of Nacos send, as they write it.</summary>
public sealed class NacosReadingTests
{
    [Fact]
    public async Task ParametersAreReadFromQueryAndFormAlikeAndTheQueryCountsFirst()
    {
        var read = await ReadAsync("PUT", "?ip=10.0.0.1&weight=2", "ip=10.0.0.2&port=8080&metadata=%7B%22a%22%3A%22%2B1%22%7D");

        read.Text("ip").ShouldBe("10.0.0.1");
        read.RequiredPort().ShouldBe(8080);
        read.Text("metadata").ShouldBe("""{"a":"+1"}""");
        read.Weight().ShouldBe(200);
        read.Text("app").ShouldBeNull();
        read.Fault.ShouldBeNull();
    }

    [Fact]
    public async Task AFormThatIsLongerThanItMayBeIsRefusedAndSoIsOneOfTooManyFields()
    {
        (await ReadAsync("POST", "", "password=" + new string('x', NacosParameters.LongestForm))).Fault!.Status.ShouldBe(413);
        (await ReadAsync("POST", "", "password=" + new string('x', NacosParameters.LongestForm), isChunked: true)).Fault!.Status.ShouldBe(413);
        (await ReadAsync("POST", "", "password=" + new string('x', NacosParameters.LongestForm - 9))).Fault.ShouldBeNull();
        (await ReadAsync("POST", "", string.Join('&', Enumerable.Range(0, 2_000).Select(static i => $"k{i}=v")))).Fault!.Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("1", true)]
    [InlineData("yes", true)]
    [InlineData("false", false)]
    [InlineData("False", false)]
    [InlineData("0", false)]
    public async Task BooleansAreReadAsEveryClientWritesThem(string text, bool expected)
    {
        (await ReadAsync("GET", "?enable=" + text)).Boolean("enabled", "enable").ShouldBe(expected);
    }

    [Theory]
    [InlineData("?healthyOnly=banana")]
    [InlineData("?weight=NaN")]
    [InlineData("?weight=-1")]
    [InlineData("?weight=10001")]
    [InlineData("?port=70000")]
    [InlineData("?port=-1")]
    [InlineData("?port=http")]
    [InlineData("?serviceName=@@orders")]
    [InlineData("?serviceName=group@@")]
    [InlineData("?pageNo=x")]
    public async Task AValueOfTheWrongKindIsAFault(string query)
    {
        var read = await ReadAsync("GET", query);
        read.Boolean("healthyOnly");
        read.Weight();
        if (read.Text("port") is not null)
            read.RequiredPort();
        if (read.Text("serviceName") is not null)
            read.Name();
        read.Number("pageNo", 1, 0, 10);
        read.Fault!.Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("?serviceName=orders", "DEFAULT_GROUP", "orders", "")]
    [InlineData("?serviceName=orders&groupName=blue", "blue", "orders", "blue")]
    [InlineData("?serviceName=DEFAULT_GROUP%40%40orders&groupName=DEFAULT_GROUP", "DEFAULT_GROUP", "orders", "")]
    [InlineData("?serviceName=blue@@orders&groupName=green", "blue", "orders", "blue")]
    [InlineData("?serviceName=blue@@a@@b", "blue", "a@@b", "blue")]
    public async Task AServiceIsNamedWithItsGroupBeforeItOrBesideIt(string query, string group, string service, string ownGroup)
    {
        var name = (await ReadAsync("GET", query)).Name();
        (name.Group, name.Service, name.OwnGroup).ShouldBe((group, service, ownGroup));
    }

    [Fact]
    public async Task PublicIsNoNamespaceUnlessAnAliasSaysSo()
    {
        var read = await ReadAsync("GET", "?namespaceId=public");
        read.Namespace(new FacadeOptions()).ShouldBeNull();
        read.Namespace(new FacadeOptions { Aliases = { ["public"] = "shop" } }).ShouldBe("public");
        (await ReadAsync("GET", "?namespaceId=")).Namespace(new FacadeOptions()).ShouldBeNull();
        (await ReadAsync("GET", "?namespaceId=5c2-77")).Namespace(new FacadeOptions()).ShouldBe("5c2-77");
    }

    [Fact]
    public async Task TheTokenIsWhatALoginGaveOrThePasswordOfClientsThatSendTheirUserWithEveryCall()
    {
        (await ReadAsync("GET", "?accessToken=t1&username=u&password=p")).Token().ShouldBe("t1");
        (await ReadAsync("GET", "?username=u&password=p")).Token().ShouldBe("p");
        (await ReadAsync("GET", "?password=p")).Token().ShouldBeNull();
        (await ReadAsync("POST", "", "accessToken=t2")).Token().ShouldBe("t2");
    }

    [Theory]
    [InlineData("""{"a":"1","n":2,"t":true,"z":null}""", "a=1 n=2 t=true")]
    [InlineData("a=1,b=2", "a=1 b=2")]
    [InlineData("a=x=y", "a=x=y")]
    [InlineData("", "")]
    [InlineData("{}", "")]
    public void MetadataIsAnObjectOrPairs(string text, string expected)
    {
        string.Join(' ', NacosMetadata.Read(text, out var fault)!.Select(static entry => $"{entry.Key}={entry.Value}")).ShouldBe(expected);
        fault.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"a":{}}""")]
    [InlineData("""{"a":""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("a")]
    [InlineData("a=")]
    [InlineData("=1")]
    [InlineData("[1]")]
    public void MetadataOfAnotherFormIsAFault(string text)
    {
        NacosMetadata.Read(text, out var fault).ShouldBeNull();
        fault!.Code.ShouldBe(NacosFault.InstanceMetadata);
    }

    [Fact]
    public void ABeatSaysWhatItsInstanceIs()
    {
        var beat = NacosBeat.Read(
            """{"port":8080,"ip":"10.0.0.1","weight":1.5,"serviceName":"DEFAULT_GROUP@@orders","cluster":"c1","metadata":{"a":"1"},"scheduled":true,"period":5000,"stopped":false}""",
            out var fault)!;
        fault.ShouldBeNull();
        (beat.Ip, beat.Port, beat.Cluster, beat.Weight, beat.Metadata["a"]).ShouldBe(("10.0.0.1", 8080, "c1", 150, "1"));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"ip":1,"port":8080}""")]
    [InlineData("""{"ip":"10.0.0.1","port":"x"}""")]
    [InlineData("""{"ip":"10.0.0.1","port":99999}""")]
    [InlineData("""{"ip":"10.0.0.1","port":8080,"weight":-1}""")]
    [InlineData("""{"ip":"10.0.0.1","port":8080,"metadata":{"a":[]}}""")]
    public void ABeatThatIsNoneIsAFault(string text)
    {
        NacosBeat.Read(text, out var fault).ShouldBeNull();
        fault!.Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.001", 1)]
    [InlineData("0.5", 50)]
    [InlineData("1", 100)]
    [InlineData("1.0", 100)]
    [InlineData("100", 10_000)]
    [InlineData("10000", 10_000)]
    public void AWeightOfOneIsAHundredHere(string text, int expected)
    {
        NacosWeight.TryRead(text, out var weight).ShouldBeTrue();
        weight.ShouldBe(expected);
    }

    [Theory]
    [InlineData("DEFAULT", true, null)]
    [InlineData("c\"1", true, """{"cluster":"c\u00221"}""")]
    [InlineData("c1", false, """{"cluster":"c1","ephemeral":false}""")]
    public void ClusterAndKindAreKeptBesideTheAliasAndReadBack(string cluster, bool isEphemeral, string? expected)
    {
        var detail = new NacosDetail(cluster, isEphemeral);
        detail.Write().ShouldBe(expected);
        NacosDetail.Read(detail.Write()).ShouldBe(detail);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"cluster":7,"ephemeral":"x"}""")]
    public void AStoredDetailThatWasChangedByHandIsTheDefault(string detail) => NacosDetail.Read(detail).ShouldBe(NacosDetail.Default);

    [Theory]
    [InlineData("Nacos-Java-Client:v2.2.1", true)]
    [InlineData("Nacos-Java-Client:v3", true)]
    [InlineData("Nacos-Go-Client:v2.2.5", true)]
    [InlineData("Nacos-Java-Client:v1.4.2", false)]
    [InlineData("Nacos-Java-Client:v1.0.0", false)]
    [InlineData("Nacos-Python-Client:v1.0.0", false)]
    [InlineData("Nacos-Server:v2.0.0", false)]
    [InlineData("curl/8.0", false)]
    public void AClientOfGrpcIsKnownByItsUserAgent(string userAgent, bool expected) => GrpcClients.IsGrpc(userAgent).ShouldBe(expected);

    private static async Task<NacosParameters> ReadAsync(string method, string query, string? form = null, bool isChunked = false)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.QueryString = new QueryString(query);
        if (form is not null)
        {
            context.Request.ContentType = "application/x-www-form-urlencoded;charset=UTF-8";
            context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(form));
            context.Request.ContentLength = isChunked ? null : form.Length;
        }

        return await NacosParameters.ReadAsync(context);
    }
}
