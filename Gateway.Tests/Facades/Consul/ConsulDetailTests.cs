using System.Text.Json;
using Gateway.Api.Facades.Consul;

namespace Gateway.Tests.Facades.Consul;

/// <summary>What a registration keeps for Consul's clients, and bodies in all spellings.</summary>
public sealed class ConsulDetailTests
{
    [Fact]
    public void WhatIsKeptIsReadAgainAndDefaultsAreNotStored()
    {
        ConsulDetail.None.Write().ShouldBeNull();
        var detail = new ConsulDetail
        {
            Tags = ["b", "a", "", "é\n"],
            TagsMember = "tags",
            Passing = 10,
            Warning = 0,
            EnableTagOverride = true,
            MaintenanceReason = "disk",
            Checks = [new ConsulCheck { Id = "service:x" }, new ConsulCheck { Id = "db", Name = "n", Type = "http", Notes = "o", Interval = "10s", Timeout = "1s", Status = "critical" }],
        };
        ConsulDetail.Read(detail.Write()).ShouldBe(detail);
        new ConsulDetail { Checks = [new ConsulCheck { Id = "service:x" }] }.Write().ShouldBe("""{"c":[{"i":"service:x"}]}""");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"t":1}""")]
    [InlineData("""{"t":[1]}""")]
    [InlineData("""{"w":["a","b"]}""")]
    [InlineData("""{"w":[1e99,1]}""")]
    [InlineData("""{"c":[1]}""")]
    [InlineData("""{"c":{}}""")]
    [InlineData("""{"r":1}""")]
    public void WhatCannotBeReadIsAsIfNothingWereKept(string? stored) => ConsulDetail.Read(stored).ShouldBe(ConsulDetail.None);

    [Fact]
    public void BothSpellingsOfABodyAreOne()
    {
        var camel = Read("""
            {"ID":"o-1","Name":"orders","Tags":["v1"],"Port":8080.0,"EnableTagOverride":true,"Weights":{"Passing":2,"Warning":1},
             "Check":{"CheckID":"c","TTL":"1h30m","Notes":"n","Status":"warning","DeregisterCriticalServiceAfter":"1m"},"Unknown":{"x":1} }
            """);
        var snake = Read("""
            {"id":"o-1","name":"orders","tags":["v1"],"port":8080,"enable_tag_override":true,"weights":{"passing":2,"warning":1},
             "checks":[{"check_id":"c","ttl":"5400000ms","notes":"n","status":"warning","deregister_critical_service_after":"1m"}]}
            """);
        camel.Checks.ShouldHaveSingleItem().Ttl.ShouldBe(5400);
        snake.Checks.ShouldHaveSingleItem().ShouldBe(camel.Checks[0]);
        (snake.Id, snake.Name, snake.Port, snake.Passing, snake.EnableTagOverride).ShouldBe((camel.Id, camel.Name, camel.Port, camel.Passing, camel.EnableTagOverride));
    }

    [Fact]
    public void DefaultIdsAreConsuls()
    {
        Read("""{"Name":"orders","Port":1,"Check":{"TTL":"1s"}}""").Checks.Select(static one => one.Check.Id).ShouldBe(["service:orders"]);
        Read("""{"Name":"orders","ID":"a","Port":1,"Check":{},"Checks":[{"TTL":"1s"},{"TTL":10000000000}]}""").Checks
            .Select(static one => (one.Check.Id, one.Ttl)).ShouldBe([("service:a:1", 1), ("service:a:2", 10)]);
    }

    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("1m", 60_000)]
    [InlineData("10000ms", 10_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("0", 0)]
    public void DurationsAreGos(string text, int milliseconds)
    {
        ConsulQuery.TryReadDuration(text, out var duration).ShouldBeTrue();
        duration.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("s")]
    [InlineData("1d")]
    public void OthersAreNot(string text) => ConsulQuery.TryReadDuration(text, out _).ShouldBeFalse();

    private static RegisterBody Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return RegisterBody.Read(document.RootElement);
    }
}
