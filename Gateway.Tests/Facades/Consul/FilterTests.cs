using System.Collections.Immutable;
using Gateway.Api.Facades.Consul.Filter;

namespace Gateway.Tests.Facades.Consul;

/// <summary>Filter expressions as Consul reads them (go-bexpr).</summary>
public sealed class FilterTests
{
    private static readonly Item Given = new(
        "orders-1", 8080, true, ["v1", "http"], new Dictionary<string, string> { ["zone"] = "a", ["a.b"] = "dotted", ["note"] = "say \"hi\"", ["empty"] = "" }, ["passing", "critical"]);

    private static readonly FilterSchema<Item> Schema = new(
        ("Service.ID", FilterField<Item>.Text(static one => one.Id)),
        ("Service.Port", FilterField<Item>.Number(static one => one.Port)),
        ("Service.EnableTagOverride", FilterField<Item>.Flag(static one => one.Flag)),
        ("Service.Tags", FilterField<Item>.Texts(static one => one.Tags)),
        ("Service.Meta", FilterField<Item>.Map(static one => one.Meta)),
        ("Checks.Status", FilterField<Item>.AnyOf(static one => one.Statuses)));

    [Theory]
    [InlineData("Service.ID == \"orders-1\"", true)]
    [InlineData("Service.ID == orders-1", true)]
    [InlineData("Service.ID != \"orders-1\"", false)]
    [InlineData("Service.ID==`orders-1`", true)]
    [InlineData("Service.Port == 8080", true)]
    [InlineData("Service.Port != \"8081\"", true)]
    [InlineData("Service.EnableTagOverride == true", true)]
    [InlineData("Service.EnableTagOverride == \"f\"", false)]
    [InlineData("\"v1\" in Service.Tags", true)]
    [InlineData("v1 in Service.Tags", true)]
    [InlineData("\"v\" in Service.Tags", false)]
    [InlineData("\"v2\" not in Service.Tags", true)]
    [InlineData("Service.Tags contains \"http\"", true)]
    [InlineData("Service.Tags not contains \"http\"", false)]
    [InlineData("Service.Tags is empty", false)]
    [InlineData("Service.Tags is not empty", true)]
    [InlineData("Service.Meta.zone == \"a\"", true)]
    [InlineData("Service.Meta[\"a.b\"] == \"dotted\"", true)]
    [InlineData("Service.Meta.a.b == dotted", true)]
    [InlineData("Service.Meta[\"note\"] == \"say \\\"hi\\\"\"", true)]
    [InlineData("Service.Meta.missing == \"\"", false)]
    [InlineData("Service.Meta.missing != \"x\"", true)]
    [InlineData("Service.Meta.missing is empty", true)]
    [InlineData("Service.Meta.empty is empty", true)]
    [InlineData("zone in Service.Meta", true)]
    [InlineData("Service.Meta contains \"missing\"", false)]
    [InlineData("Service.Meta is empty", false)]
    [InlineData("Service.ID matches \"^orders-[0-9]+$\"", true)]
    [InlineData("Service.ID not matches \"^carts\"", true)]
    [InlineData("Service.ID matches \"(?P<name>orders)\"", true)]
    [InlineData("Service.ID matches \"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$\"", false)]
    [InlineData("Service.ID contains \"ders\"", true)]
    [InlineData("Checks.Status == \"critical\"", true)]
    [InlineData("Checks.Status == \"warning\"", false)]
    [InlineData("not Service.Port == 8080", false)]
    [InlineData("not not Service.Port == 8080", true)]
    [InlineData("Service.Port == 1 or Service.Port == 8080 and Service.Meta.zone == \"b\"", false)]
    [InlineData("(Service.Port == 1 or Service.Port == 8080) and Service.Meta.zone == \"a\"", true)]
    [InlineData("not (Service.Port == 1 or \"v1\" in Service.Tags)", false)]
    public void AnExpressionMeansWhatConsulMeans(string text, bool expected) => FilterParser<Item>.Read(text, Schema)(Given).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("Service.ID")]
    [InlineData("Service.ID ==")]
    [InlineData("Service.ID = \"a\"")]
    [InlineData("== \"a\"")]
    [InlineData("Service.ID == \"a")]
    [InlineData("Service.ID == \"a\\")]
    [InlineData("Service.ID == \"a\" and")]
    [InlineData("Service.ID == \"a\" \"b\"")]
    [InlineData("(Service.ID == \"a\"")]
    [InlineData("Service.ID == \"a\")")]
    [InlineData("Service. == \"a\"")]
    [InlineData("Service.Meta[zone] == \"a\"")]
    [InlineData("Service.Meta[\"zone\" == \"a\"")]
    [InlineData("Service.ID is \"a\"")]
    [InlineData("\"a\" in \"b\"")]
    [InlineData("Nothing == \"a\"")]
    [InlineData("Service.Nothing is empty")]
    [InlineData("Service.Port == \"x\"")]
    [InlineData("Service.Port == 1.5")]
    [InlineData("Service.Port is empty")]
    [InlineData("Service.Port matches \"1\"")]
    [InlineData("Service.EnableTagOverride == 2")]
    [InlineData("Service.Tags == \"a\"")]
    [InlineData("Service.Meta matches \"a\"")]
    [InlineData("Service.ID matches \"(\"")]
    [InlineData("Service.ID matches \"(a)\\\\1\"")]
    [InlineData("Service.ID matches \"(?=a)\"")]
    [InlineData("Service.ID matches \"((a{100}){100}){100}\"")]
    [InlineData("any Service.Tags as x { x == \"a\" }")]
    [InlineData("\u0000")]
    public void WhatIsNoneIsRefusedWithAReason(string text) =>
        Should.Throw<FilterFault>(() => FilterParser<Item>.Read(text, Schema)).Message.ShouldNotBeNullOrWhiteSpace();

    [Fact]
    public void ItsSizeIsBounded()
    {
        Should.Throw<FilterFault>(static () => FilterParser<Item>.Read($"Service.ID == \"{new string('a', 5000)}\"", Schema));
        Should.Throw<FilterFault>(static () => FilterParser<Item>.Read(string.Join(" or ", Enumerable.Repeat("Service.Port == 1", 65)), Schema));
        Should.Throw<FilterFault>(static () => FilterParser<Item>.Read(new string('(', 40) + "Service.Port == 1" + new string(')', 40), Schema));
        Should.Throw<FilterFault>(static () => FilterParser<Item>.Read($"Service.ID matches \"{new string('a', 300)}\"", Schema));
    }

    [Fact]
    public void APatternIsLinearInTime()
    {
        var fits = FilterParser<Item>.Read("Service.ID matches \"^(a+)+$\"", Schema);
        fits(Given with { Id = new string('a', 20_000) + "b" }).ShouldBeFalse();
    }

    [Fact]
    public void APatternThatCostsTooMuchOverAllTextsOfACallIsRefused()
    {
        var usual = FilterParser<Item>.Read("Service.ID matches \"^orders-[0-9]{1,4}$\"", Schema);
        for (var i = 0; i < 10_000; i++)
            usual(Given).ShouldBeTrue();

        var costly = FilterParser<Item>.Read("Service.ID matches \"([a-z0-9]{1,30}x?){30}!\"", Schema);
        Should.Throw<FilterFault>(() =>
        {
            for (var i = 0; i < 10_000; i++)
                costly(Given with { Id = new string('a', 500) });
        });
    }

    [Fact]
    public void RandomTextIsReadOrRefusedAndNothingElse()
    {
        var random = new Random(7);
        string[] parts = ["Service.ID", "Service.Meta", "Tags", "==", "!=", "in", "not", "and", "or", "(", ")", "[", "]", "\"", "`", "is", "empty", "matches", "contains", ".", " ", "1", "a", "\\", "é"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)] + (random.Next(2) == 0 ? " " : "")));
            try
            {
                FilterParser<Item>.Read(text, Schema)(Given);
            }
            catch (FilterFault)
            {
            }
        }
    }

    private sealed record Item(string Id, int Port, bool Flag, ImmutableArray<string> Tags, IReadOnlyDictionary<string, string> Meta, string[] Statuses);
}
