using Gateway.Api.Facades;

namespace Gateway.Tests.Facades.Shared;

public sealed class ClientWeightTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(0.001, 1)]
    [InlineData(0.5, 50)]
    [InlineData(100, 10_000)]
    [InlineData(1e300, 10_000)]
    [InlineData(double.PositiveInfinity, 10_000)]
    [InlineData(double.NaN, 100)]
    public void AHundredHereIsOneInNacos(double there, int here) => ClientWeights.FromNacos(there).ShouldBe(here);

    [Theory]
    [InlineData(100, 1)]
    [InlineData(0, 0)]
    [InlineData(50, 0.5)]
    [InlineData(10_000, 100)]
    public void AndBack(int here, double there) => ClientWeights.ToNacos(here).ShouldBe(there);

    [Theory]
    [InlineData(1, 100)]
    [InlineData(0, 0)]
    [InlineData(-5, 0)]
    [InlineData(10, 1_000)]
    [InlineData(100, 10_000)]
    [InlineData(int.MaxValue, 10_000)]
    public void AHundredHereIsOneInConsul(int there, int here) => ClientWeights.FromConsul(there).ShouldBe(here);

    [Theory]
    [InlineData(100, 1)]
    [InlineData(0, 1)]
    [InlineData(149, 1)]
    [InlineData(150, 2)]
    [InlineData(10_000, 100)]
    public void AndBackButNeverNone(int here, int there) => ClientWeights.ToConsul(here).ShouldBe(there);
}
