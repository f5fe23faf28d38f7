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
    [InlineData("user=gateway,password=secret")]
    [InlineData("protocol=resp3")]
    [InlineData("ssl=true,sslProtocols=Tls12|Tls13,sslHost=redis.example")]
    public void UsersAndTlsAndProtocolsAreAccepted(string settings) =>
        new RedisOptions { Configuration = "redis:6379," + settings }.Validate().ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcdef")]
    public void ASecretHasSixteenBytes(string secret) => new RedisOptions { SharedSecret = secret }.Validate().ShouldBeEmpty();

    [Fact]
    public void AShorterSecretIsRefusedAndNotRepeated() =>
        new RedisOptions { SharedSecret = "hunter2" }.Validate().ShouldHaveSingleItem().ShouldNotContain("hunter2");

    [Fact]
    public void AnUnknownKeywordIsNamedAndNotItsValue()
    {
        var fault = new RedisOptions { Configuration = "redis:6379,colour=secret" }.Validate().ShouldHaveSingleItem();
        fault.ShouldContain("colour=");
        fault.ShouldNotContain("secret");
    }

    [Fact]
    public void EveryFaultIsReported()
    {
        var faults = new RedisOptions { Configuration = "shade=dark,colour=blue,connectTimeout=soon" }.Validate().ToList();
        faults.Count.ShouldBe(4);
        faults.ShouldContain(static fault => fault.Contains("no address", StringComparison.Ordinal));
    }

    [Fact]
    public void ARedisThatIsAwayIsNoReasonNotToStart() =>
        new RedisOptions { Configuration = "redis:6379,abortConnect=true" }.ToClient().AbortOnConnectFail.ShouldBeFalse();

    [Fact]
    public void ACallWhileRedisIsAwayIsNotKeptForLater() =>
        new RedisOptions { Configuration = "redis:6379" }.ToClient().BacklogPolicy.QueueWhileDisconnected.ShouldBeFalse();

    [Fact]
    public void ARedisThatIsBackIsFoundWithinASecondOrTwo()
    {
        var policy = new RedisOptions { Configuration = "redis:6379" }.ToClient().ReconnectRetryPolicy;
        policy.ShouldRetry(currentRetryCount: 100, timeElapsedMillisecondsSinceLastRetry: 1_500).ShouldBeTrue();
    }
}
