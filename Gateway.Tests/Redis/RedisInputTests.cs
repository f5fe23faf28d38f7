using System.Text;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>What is read of a value that came from Redis, and what is not.</summary>
public sealed class RedisInputTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1763640000000", 1763640000000)]
    [InlineData("-5", null)]
    [InlineData("", null)]
    [InlineData("soon", null)]
    [InlineData("1.5", null)]
    [InlineData("1e18", null)]
    [InlineData(" 1", null)]
    [InlineData("1\n", null)]
    [InlineData("9223372036854775808", null)]
    [InlineData("99999999999999999999999999", null)]
    public void OnlyAWholeNumberWithinItsRangeIsANumber(string text, long? expected)
    {
        RedisInput.TryNumber(text, 0, long.MaxValue, out var number).ShouldBe(expected is not null);
        if (expected is { } wanted)
            number.ShouldBe(wanted);
        RedisInput.TryNumber(RedisValue.Null, 0, long.MaxValue, out _).ShouldBeFalse();
        RedisInput.TryNumber(7, 0, 6, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("9000000000000000000")]
    [InlineData("253402300800000")]
    [InlineData("1763640000001")]
    [InlineData("-1")]
    [InlineData("yesterday")]
    public void ATimeThatNoClockCanHaveSaidIsNone(string text)
    {
        var latest = DateTimeOffset.FromUnixTimeMilliseconds(1763640000000);
        RedisInput.TryTime(text, latest, out _).ShouldBeFalse();
        RedisInput.TryTime("1763640000000", latest, out var time).ShouldBeTrue();
        time.ShouldBe(latest);
    }

    [Fact]
    public void TextIsStrictUtf8OfABoundedLength()
    {
        RedisInput.TryText("grün", 5, out var text).ShouldBeTrue();
        text.ShouldBe("grün");
        RedisInput.TryText("grün", 4, out _).ShouldBeFalse();
        RedisInput.TryText(new byte[] { 0xed, 0xa0, 0x80 }, 9, out _).ShouldBeFalse("a surrogate");
        RedisInput.TryText(new byte[] { 0xff }, 9, out _).ShouldBeFalse();
        RedisInput.TryText(RedisValue.Null, 9, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0123456789abcdef", true)]
    [InlineData("0123456789abcdeF", false)]
    [InlineData("0123456789abcde", false)]
    [InlineData("0123456789abcde\n", false)]
    public void ANameOfHexDigitsHasThemAllAndNothingElse(string text, bool isHex) => RedisInput.TryHex(text, 16, out _).ShouldBe(isHex);

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""["\udfff\ud800"]""")]
    [InlineData("""{"a":""")]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("1 2")]
    public void JsonOfWhichATextCannotBeReadIsNone(string text) => RedisInput.TryJson(Encoding.UTF8.GetBytes(text), out _).ShouldBeFalse();

    [Fact]
    public void JsonThatIsTooDeepOrNotUtf8IsNone()
    {
        RedisInput.TryJson(Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65)), out _).ShouldBeFalse();
        RedisInput.TryJson(new byte[] { (byte)'"', 0xff, (byte)'"' }, out _).ShouldBeFalse();
        RedisInput.TryJson("""{"a":"\ud83d\ude00"}"""u8.ToArray(), out var document).ShouldBeTrue();
        document!.RootElement.GetProperty("a").GetString().ShouldBe("\ud83d\ude00");
        document.Dispose();

        // As callers may put it.
        RedisInput.TryJson("\uFEFF{}"u8.ToArray(), out document).ShouldBeTrue();
        document!.Dispose();
    }
}
