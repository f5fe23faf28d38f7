using Gateway.Core.Redis;

namespace Gateway.Tests.Redis;

public sealed class RedisOptionsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("redis:6379")]
    [InlineData("redis-0:6379,redis-1:6379,password=p=1,ssl=true,defaultDatabase=2,abortConnect=true")]
    public void WhatTheClientUnderstandsIsAccepted(string configuration) =>
        new RedisOptions { Configuration = configuration }.Validate().ShouldBeEmpty();

    [Theory]
    [InlineData("user")]
    [InlineData("protocol")]
    [InlineData("tunnel")]
    public void AKeywordOfANewerClientIsNamedAndNotItsValue(string keyword)
    {
        var fault = new RedisOptions { Configuration = $"redis:6379,{keyword}=secret" }.Validate().ShouldHaveSingleItem();
        fault.ShouldContain($"{keyword}=");
        fault.ShouldContain("newer");
        fault.ShouldNotContain("secret");
    }

    [Fact]
    public void EveryFaultIsReported()
    {
        var faults = new RedisOptions { Configuration = "user=me,colour=blue,connectTimeout=soon" }.Validate().ToList();
        faults.Count.ShouldBe(4);
        faults.ShouldContain(static fault => fault.Contains("no address", StringComparison.Ordinal));
    }

    [Fact]
    public void ARedisThatIsAwayIsNoReasonNotToStart() =>
        new RedisOptions { Configuration = "redis:6379,abortConnect=true" }.ToClient().AbortOnConnectFail.ShouldBeFalse();
}
