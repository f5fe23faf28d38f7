using Gateway.Api.Requests;

namespace Gateway.Tests.Api;

/// <summary>Durations of queries and forms: as Go writes them, or plain seconds.</summary>
public sealed class DurationTests
{
    [Theory]
    [InlineData("1m30s", 90)]
    [InlineData("500ms", 0.5)]
    [InlineData("5m0s", 300)]
    [InlineData("0.2s", 0.2)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("1000us", 0.001)]
    [InlineData("1000\u00b5s", 0.001)]
    [InlineData("100ns", 0.0000001)]
    [InlineData(".5s", 0.5)]
    [InlineData("30", 30)]
    [InlineData("1.5", 1.5)]
    [InlineData("0", 0)]
    public void ADurationIsReadAsGoReadsIt(string text, double seconds)
    {
        DurationText.TryParse(text, out var duration).ShouldBeTrue();
        duration.ShouldBe(TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1d")]
    [InlineData("1m30")]
    [InlineData("1..5s")]
    [InlineData(".")]
    [InlineData("1e3")]
    [InlineData("soon")]
    [InlineData("1234567890123456s")]
    public void AnythingElseIsNone(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void WhatATimeSpanCannotHoldIsTheLongest()
    {
        DurationText.TryParse("999999999999999h", out var duration).ShouldBeTrue();
        duration.ShouldBe(TimeSpan.MaxValue);
    }

    [Theory]
    [InlineData(86_400, "24h")]
    [InlineData(600, "10m")]
    [InlineData(90, "90s")]
    public void ALimitIsSaidInItsLargestUnit(int seconds, string said) => DurationText.Format(TimeSpan.FromSeconds(seconds)).ShouldBe(said);
}
