using Gateway.Core.Kubernetes.Selectors;

namespace Gateway.Tests.Kubernetes.Selectors;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Metadata = new() { ["team"] = "red", ["tier"] = "2", ["empty"] = "", ["a/b.c"] = "x y" };

    [Theory]
    [InlineData("", true)]
    [InlineData("  ", true)]
    [InlineData("team=red", true)]
    [InlineData("team==red", true)]
    [InlineData(" team = red ", true)]
    [InlineData("team=blue", false)]
    [InlineData("team!=blue", true)]
    [InlineData("team!=red", false)]
    [InlineData("missing!=red", true)]
    [InlineData("team in (red,blue)", true)]
    [InlineData("team in ( blue , green )", false)]
    [InlineData("missing in (red)", false)]
    [InlineData("team notin (blue)", true)]
    [InlineData("missing notin (blue)", true)]
    [InlineData("team notin (red)", false)]
    [InlineData("team", true)]
    [InlineData("missing", false)]
    [InlineData("!missing", true)]
    [InlineData("!team", false)]
    [InlineData("empty=", true)]
    [InlineData("empty in ()", true)]
    [InlineData("tier>1,tier<3", true)]
    [InlineData("tier>2", false)]
    [InlineData("team>1", false)]
    [InlineData("team=red,tier=2,!missing", true)]
    [InlineData("team=red,tier=3", false)]
    [InlineData("a/b.c", true)]
    [InlineData("in=x", false)]
    public void ItSelectsAsLabelSelectorsDo(string text, bool expected)
    {
        LabelSelector.TryParse(text, out var selector, out var fault).ShouldBeTrue(fault?.Detail);
        selector.Matches(Metadata).ShouldBe(expected);
        LabelSelector.TryParse(selector.ToString(), out var again, out _).ShouldBeTrue();
        again.ToString().ShouldBe(selector.ToString());
        again.Matches(Metadata).ShouldBe(expected);
    }

    [Theory]
    [InlineData("=red", 0)]
    [InlineData("team=red,", 9)]
    [InlineData(",team", 0)]
    [InlineData("team red", 5)]
    [InlineData("team=red blue", 9)]
    [InlineData("team in red", 8)]
    [InlineData("team in (red", 12)]
    [InlineData("team in (red blue)", 13)]
    [InlineData("!", 1)]
    [InlineData("!team=red", 5)]
    [InlineData("tier>two", 5)]
    [InlineData("tier>", 5)]
    [InlineData("team=red)", 8)]
    [InlineData("team!red", 4)]
    [InlineData("a=b,(c)", 4)]
    public void AFaultPointsAtItsCharacter(string text, int position)
    {
        LabelSelector.TryParse(text, out _, out var fault).ShouldBeFalse();
        fault!.Position.ShouldBe(position);
        fault.Detail.ShouldStartWith("expected ");
    }

    [Fact]
    public void OneMeaningIsOneText()
    {
        LabelSelector.TryParse("b=2, a in (y,x,y),b=2", out var one, out _).ShouldBeTrue();
        LabelSelector.TryParse("a in (x,y),b==2", out var other, out _).ShouldBeTrue();
        one.ToString().ShouldBe(other.ToString());
    }

    [Fact]
    public void AServiceSelectsThePodsThatHaveAllItsLabels()
    {
        LabelSelector.Selects(new Dictionary<string, string> { ["team"] = "red", ["tier"] = "2" }, Metadata).ShouldBeTrue();
        LabelSelector.Selects(new Dictionary<string, string> { ["empty"] = "" }, Metadata).ShouldBeTrue();
        LabelSelector.Selects(new Dictionary<string, string> { ["team"] = "red", ["tier"] = "3" }, Metadata).ShouldBeFalse();
        LabelSelector.Selects(new Dictionary<string, string> { ["missing"] = "" }, Metadata).ShouldBeFalse();
    }

    [Fact]
    public void AServiceWithoutASelectorSelectsNothing()
    {
        LabelSelector.Selects(null, Metadata).ShouldBeFalse();
        LabelSelector.Selects(new Dictionary<string, string>(), Metadata).ShouldBeFalse();
    }
}
