using Gateway.Core.Annotations.Dubbo;

namespace Gateway.Tests.Annotations;

public sealed class GoQueryTests
{
    private const string Text = "a b*c~d-e_f.g(h)!'@:/?&=+,$%é";
    private const string Escaped = "a+b%2Ac~d-e_f.g%28h%29%21%27%40%3A%2F%3F%26%3D%2B%2C%24%25%C3%A9";

    [Fact]
    public void EscapesAsGoDoes() => GoQuery.Escape(Text).ShouldBe(Escaped);

    [Fact]
    public void UnescapesAsGoDoes() => GoQuery.Unescape(Escaped).ShouldBe(Text);

    [Theory]
    [InlineData("%")]
    [InlineData("a%4")]
    [InlineData("%zz")]
    [InlineData("%4")]
    public void ABrokenEscapeIsNone(string text) => GoQuery.Unescape(text).ShouldBeNull();

    [Fact]
    public void EveryByteSurvives()
    {
        var text = new string([.. Enumerable.Range(0, 0xD800).Select(c => (char)c)]);
        GoQuery.Unescape(GoQuery.Escape(text)).ShouldBe(text);
        GoQuery.Escape(text).ShouldBe(SdkCodec.Escape(text));
    }
}
