using Gateway.Benchmarks.Commands;

namespace Gateway.Tests.Benchmarks;

public sealed class ArgumentsTests
{
    [Fact]
    public void EveryOptionIsRead()
    {
        var parsed = Arguments.Parse(
            ["sync", "--json", "results.json", "--against", "http://127.0.0.1:8001", "--duration", "2.5", "--scales", "100,10", "--rounds", "7", "--gateway", "/app"], out var fault);

        fault.ShouldBeNull();
        parsed.ShouldNotBeNull().Scales.ShouldBe([10, 100]);
        (parsed with { Scales = [] }).ShouldBe(new Arguments
        {
            Command = "sync",
            Json = "results.json",
            Against = new Uri("http://127.0.0.1:8001"),
            Duration = 2.5,
            Scales = [],
            Rounds = 7,
            Gateway = "/app",
        });
    }

    [Fact]
    public void WhatDecidesTheFiguresIsNamedWithoutPathsAndAddresses()
    {
        Arguments.Parse(["all", "--scales", "1,10,100", "--json", "/home/me/results.json"], out _).ShouldNotBeNull().Measured.ShouldBe("all --scales 1,10,100 --rounds 3");
        Arguments.Parse(["sync", "--duration", "0.5", "--against", "http://127.0.0.1:8001"], out _).ShouldNotBeNull().Measured
            .ShouldBe("sync --scales 1 --rounds 3 --duration 0.5 --against URL");
    }

    [Fact]
    public void OneScaleIsTheSmallestUnlessAnotherIsNamed()
    {
        Arguments.Parse(["lookup"], out _).ShouldNotBeNull().Scales.ShouldBe([1]);
        Arguments.Parse(["lookup", "--scale", "10"], out _).ShouldNotBeNull().Scales.ShouldBe([10]);
    }

    [Theory]
    [InlineData("lookup")]
    [InlineData("facades")]
    [InlineData("fanout")]
    [InlineData("idle")]
    [InlineData("sync")]
    [InlineData("propagation")]
    [InlineData("register")]
    [InlineData("heartbeat")]
    [InlineData("churn")]
    [InlineData("start")]
    [InlineData("memory")]
    [InlineData("all")]
    public void EveryCommandIsKnown(string name) => Arguments.Parse([name], out _).ShouldNotBeNull().Command.ShouldBe(name);

    [Theory]
    [InlineData("Name one of the commands")]
    [InlineData("Name one of the commands", "nothing")]
    [InlineData("needs a value", "lookup", "--json")]
    [InlineData("is no option", "lookup", "--fast", "1")]
    [InlineData("1, 10 or 100", "lookup", "--scale", "3")]
    [InlineData("1, 10 or 100", "all", "--scales", "1,3")]
    [InlineData("takes seconds", "lookup", "--duration", "0")]
    [InlineData("from 1 to 100", "lookup", "--rounds", "0")]
    [InlineData("plain HTTP", "sync", "--against", "https://10.0.0.1")]
    [InlineData("the fake API server alone", "lookup", "--against", "http://127.0.0.1:8001")]
    [InlineData("report needs --json", "report")]
    public void WhatIsWrongIsSaid(string expected, params string[] args)
    {
        Arguments.Parse(args, out var fault).ShouldBeNull();
        fault.ShouldNotBeNull().ShouldContain(expected);
    }
}
