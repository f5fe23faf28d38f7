using System.Buffers.Text;
using System.Net;
using System.Text;
using Gateway.Core.Results;

namespace Gateway.Tests.Identity;

/// <summary>Whatever stands in the payload of a token, its caller is refused: nothing in it is a failure of the gateway's.</summary>
public sealed class HostilePayloadTests
{
    private static readonly IPAddress Source = IPAddress.Parse("10.9.9.9");

    /// <summary>Latin-1, so that any byte can be said.</summary>
    public static TheoryData<string> Payloads =>
    [
        """{"aud":["\ud800"]}""",
        """{"aud":"\udc00"}""",
        """{"aud":["registry-gateway","\ud83d"]}""",
        "{\"aud\":[\"\u00ff\u00fe\"]}",
        "{\"aud\":\"registry-gateway\u00c3\"}",
        "{\"aud\":\"registry-gateway\",\"\u00ff\":1}",
        """{"aud":"registry-gateway","\ud800":1,"\ud801":2}""",
        """{"aud":"registry-gateway","kubernetes.io":{"namespace":"\ud800","pod":{"name":"a","uid":"u"}}}""",
        """{"aud":"registry-gateway","kubernetes.io":{"namespace":"a","pod":{"name":"a","uid":"\ud800"}}}""",
        """{"aud":"registry-gateway","exp":253402300798}""",
        """{"aud":"registry-gateway","exp":253402300799}""",
        """{"aud":"registry-gateway","exp":253402300799.9999}""",
        """{"aud":"registry-gateway","exp":253402300800}""",
        """{"aud":"registry-gateway","exp":1e308}""",
        """{"aud":"registry-gateway","exp":1e309}""",
        """{"aud":"registry-gateway","exp":-1e308}""",
        """{"aud":"registry-gateway","exp":-1}""",
        """{"aud":"registry-gateway","exp":-62135596800}""",
        """{"aud":"registry-gateway","exp":9223372036854775807}""",
        """{"aud":"registry-gateway","exp":NaN}""",
        """{"aud":"registry-gateway","exp":"4000000000"}""",
        """{"aud":"registry-gateway","exp":null}""",
        """{"aud":"registry-gateway","exp":[4000000000]}""",
        """{"aud":"registry-gateway","exp":4000000000,"exp":4000000001}""",
        """{"aud":"somebody-else","aud":"registry-gateway"}""",
        """{"aud":["registry-gateway",7]}""",
        """{"aud":{"registry-gateway":true}}""",
        """{"aud":null}""",
        """{"aud":"registry-gateway","kubernetes.io":"shop"}""",
        """{"aud":"registry-gateway","kubernetes.io":{"pod":{"name":"a","uid":"u"}}}""",
        """{"aud":"registry-gateway","kubernetes.io":{"namespace":"a","pod":{"name":"a"}}}""",
        """{"aud":"registry-gateway","kubernetes.io":{"namespace":"a","pod":{"name":"a","uid":""}}}""",
        """{"aud":"registry-gateway","kubernetes.io":{"namespace":7,"pod":{"name":"a","uid":"u"}}}""",
        """{"aud":"registry-gateway","kubernetes.io":{"namespace":"a","pod":[]}}""",
        """{"aud":"registry-gateway","kubernetes.io":{"namespace":"a","pod":{"name":"a","uid":"u"},"pod":{"name":"b","uid":"u"}}}""",
        """{"aud":"registry-gateway"} {}""",
        " {\"aud\":[\"\\ud800\"]}\r\n",
        """{"aud":"registry-gateway",}""",
        "{\"aud\":\"registry-gateway\",\"x\":" + string.Concat(Enumerable.Repeat("[", 4_000)) + string.Concat(Enumerable.Repeat("]", 4_000)) + "}",
        "{\"aud\":\"registry-gateway\",\"x\":" + string.Concat(Enumerable.Repeat("{\"x\":", 1_500)) + "1" + new string('}', 1_500) + "}",
        "{\"aud\":[" + string.Join(',', Enumerable.Repeat("\"a\"", 2_500)) + "]}",
        "{\"aud\":\"" + new string('a', 11_000) + "\"}",
        "{\"aud\":\"" + new string('a', 200_000) + "\"}",
        "",
        "{",
        "[]",
        "null",
        "\u00ef\u00bb\u00bf{\"aud\":\"registry-gateway\"}",
        "\0\0\0\0",
    ];

    [Theory]
    [MemberData(nameof(Payloads))]
    public async Task APayloadThatNoApiServerWritesIsRefused(string payload)
    {
        var world = new IdentityWorld();
        var refused = await world.Tokens.AuthenticateAsync(Token(payload), Source, TestContext.Current.CancellationToken).Within();
        refused.Refusal.ShouldNotBeNull().Code.ShouldBe(RefusalCodes.Unauthenticated);
        world.Server.Gets.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task NoPayloadIsAFailureOfTheGateways(int seed)
    {
        var random = new Random(seed);
        var world = new IdentityWorld(static options => options.FailuresPerAddress = int.MaxValue);
        var seen = new HashSet<string>();
        for (var i = 0; i < 5_000; i++)
        {
            var payload = Payload(random);
            var refused = await world.Tokens.AuthenticateAsync(Token(payload), Source, TestContext.Current.CancellationToken).Within();
            var code = refused.Refusal.ShouldNotBeNull(payload).Code;
            code.ShouldBeOneOf([RefusalCodes.Unauthenticated, RefusalCodes.TokenExpired, RefusalCodes.PodGone], payload);
            seen.Add(code);
        }

        seen.Count.ShouldBe(3, "payloads of every kind were made");
        world.Server.Gets.ShouldBe(0);
        world.Server.TokenReviews.ShouldBeInRange(1, 4_999);
    }

    [Theory]
    [InlineData("253402300799")]
    [InlineData("253402300799.5")]
    [InlineData("253402300000")]
    public async Task AnExpiryAtTheEndOfTimeThatTheApiServerVouchesForIsOne(string expiry)
    {
        var world = new IdentityWorld();
        var token = Token($$"""{"aud":"registry-gateway","exp":{{expiry}}}""");
        world.Server.Tokens[token] = world.Server.Tokens[world.TokenOfUser()];
        (await world.Tokens.AuthenticateAsync(token, Source, TestContext.Current.CancellationToken).Within()).Refusal.ShouldBeNull();
    }

    private static string Token(string payload) => $"e30.{Base64Url.EncodeToString(Encoding.Latin1.GetBytes(payload))}.c2ln";

    /// <summary>A payload as an API server writes it, in which some things are not so.</summary>
    private static string Payload(Random random)
    {
        var text = $$"""{"aud":{{Audience()}},"exp":{{Expiry()}},"iat":{{Expiry()}},"iss":{{Text()}},"kubernetes.io":{"namespace":{{Name()}},"pod":{"name":{{Name()}},"uid":{{Text()}}},"warnafter":1},"sub":{{Text()}}}""";
        for (var i = random.Next(3) == 0 ? random.Next(1, 4) : 0; i > 0; i--)
            text = Damaged(text);
        return text;

        T Pick<T>(params T[] of) => of[random.Next(of.Length)];

        string Audience() => random.Next(4) switch
        {
            0 => $"[\"registry-gateway\",{Text()}]",
            1 => Text(),
            2 => Value(),
            _ => "\"registry-gateway\"",
        };

        string Expiry() => Pick("4000000000", "4000000000.5", "1", "0", "-1", "-0", "1e308", "1e400", "-1e308", "253402300799", "253402300800", "0.1e-300", "99999999999999999999", "4e9", Value());

        string Name() => random.Next(3) > 0 ? Pick("\"shop\"", "\"orders-1\"") : Text();

        string Text() => $"\"{Pick("", "a", ".", "..", "a/b", "\\ud800", "\\udfff", "\\ud83d\\ude00", "\u00ff", "\u00c3\u00a9", "\u00ed\u00a0\u0080", "\\u0000", "\\n", "%2e", "registry-gateway", new string('x', random.Next(300)))}\"";

        string Value() => Pick("null", "true", "{}", "[]", "[[]]", "7", "\"\"", "{\"a\":{\"a\":1}}", "{\"a\":1,\"a\":2}", "[\"\\ud800\"]", "{\"\\ud800\":1}", Text());

        string Damaged(string whole)
        {
            var at = random.Next(whole.Length);
            return random.Next(5) switch
            {
                0 => whole[..at],
                1 => whole[..at] + (char)random.Next(256) + whole[at..],
                2 => whole.Remove(at, Math.Min(random.Next(1, 6), whole.Length - at)),
                3 => whole[..at] + Value() + whole[at..],
                _ => whole[..at] + Pick("{", "}", "[", "]", "\"", ",", ":", "\\") + whole[at..],
            };
        }
    }
}
