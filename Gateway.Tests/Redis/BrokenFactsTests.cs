using System.Text;
using Gateway.Core.Dubbo.Metadata;
using Gateway.Core.Redis;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>What applications said, as no gateway wrote it.</summary>
public sealed class BrokenFactsTests
{
    private static readonly ApplicationName Greeter = new("shop", "greeter");
    private static readonly ApplicationFact Revision = new(Greeter, "r1", IsMapping: false);

    public static TheoryData<string> NoJson => new(
        """{"services":{"a":{"name":"\ud800"}}}""", """{"services":{"\ud800":{"name":"a"}}}""", """{"services":{"a":{"name":"a","params":{"\udfff":"x"}}}}""",
        """{"app":"\ud800"}""", "soon", "", new string('[', 5000), new string('[', 500) + new string(']', 500), "{\"app\":\"\u0001\"}");

    [Theory]
    [MemberData(nameof(NoJson))]
    public async Task ADocumentThatIsNoJsonIsSkippedAndRemovedAndTheNextOneIsKept(string document)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        await PutAsync(shell, Revision.Key, document);
        await PutAsync(shell, new ApplicationFact(Greeter, "com.example.Greeting", IsMapping: true).Key, "");
        var store = Store(connection);
        await store.RefreshAsync().AsTask().Within();
        store.Find(Greeter).Interfaces.ShouldBe(["com.example.Greeting"]);
        store.Find(Greeter).Revisions.ShouldBeEmpty();
        metrics["registry.redis.unreadable store=applications"].ShouldBe(1);

        // Gone with the next exchange, so that those who know better say it again.
        await store.RefreshAsync().AsTask().Within();
        (await shell.Database.HashExistsAsync(RedisKeys.Default.ApplicationFacts, Revision.Key)).ShouldBeFalse();
        await PutAsync(shell, Revision.Key, """{"app":"greeter","revision":"r1"}""");
        await store.RefreshAsync().AsTask().Within();
        store.Find(Greeter).Revisions.Keys.ShouldBe(["r1"]);
    }

    [Fact]
    public void AMetadataInfoOfMoreServicesThanAnApplicationHasIsNone()
    {
        var services = string.Join(',', Enumerable.Range(0, MetadataInfoReader.MaxServices + 1).Select(static number => $$"""
            "{{number}}":{"name":"a"}
            """));
        RedisInput.TryJson(Encoding.UTF8.GetBytes($$"""{"services":{ {{services}} } }"""), out var document).ShouldBeTrue();
        MetadataInfoReader.Read(document!.RootElement, default, "greeter", "r1", out var faults).ShouldBeNull();
        faults.ShouldHaveSingleItem().Pointer.ShouldBe("/services");
        document.Dispose();
    }

    [Fact]
    public async Task ADocumentThatWasOverwrittenIsSaidAgainByThoseWhoSeeItNamed()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        await using var other = await redis.ConnectAsync();
        var known = Store(connection);
        (await known.PutAsync(Greeter, Info(), isInUse: false)).ShouldBe(PutResult.Stored);
        await shell.RunAsync("HSET", (string)RedisKeys.Default.ApplicationFacts!, Revision.Key, new byte[] { 0xff });
        var late = Store(other);
        await late.RefreshAsync().AsTask().Within();
        late.Find(Greeter).IsEmpty.ShouldBeTrue();
        await late.RefreshAsync().AsTask().Within();
        known.Name([Revision]);
        await known.RefreshAsync().AsTask().Within();
        await late.RefreshAsync().AsTask().Within();
        late.Find(Greeter).Revisions.Keys.ShouldBe(["r1"]);
    }

    [Theory]
    [InlineData("foo\nshop\ngreeter\nr1")]
    [InlineData("metadata\nshop\ngreeter")]
    [InlineData("metadata\nshop\ngreeter\nr1\nr2")]
    [InlineData("metadata\n../../x\ngreeter\nr1")]
    [InlineData("metadata\nSHOP\ngreeter\nr1")]
    [InlineData("metadata\nshop\n\nr1")]
    [InlineData("metadata\nshop\ngreeter\n")]
    [InlineData("mapping\nshop\ngreeter\na b")]
    [InlineData("x")]
    [InlineData("")]
    public void AFactThatNoCallCanHaveSaidIsNone(string key)
    {
        ApplicationFact.TryParse(key).ShouldBeNull();
        ApplicationFact.TryParse(Revision.Key).ShouldBe(Revision);
        ApplicationFact.TryParse(new byte[] { 0xed, 0xa0, 0x80 }).ShouldBeNull();
        ApplicationFact.TryParse(new byte[1_000_000]).ShouldBeNull();
    }

    [Theory]
    [InlineData("SET", "turn", "soon")]
    [InlineData("SET", "turn", "9000000000000000000")]
    [InlineData("SET", "turn", "-7")]
    [InlineData("SET", "turn", "007")]
    [InlineData("SET", "turn", "0")]
    [InlineData("SADD", "turn", "x")]
    [InlineData("ZADD", "turns", "inf", "x")]
    [InlineData("ZADD", "turns", "9e18", "x")]
    [InlineData("SET", "turns", "x")]
    [InlineData("SET", "facts", "x")]
    [InlineData("RPUSH", "deadlines", "x")]
    public async Task WhereTheTurnsContradictEachOtherAllIsSaidAgain(string command, string key, params string[] arguments)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        await using var other = await redis.ConnectAsync();
        var known = Store(connection);
        (await known.PutAsync(Greeter, Info(), isInUse: false)).ShouldBe(PutResult.Stored);
        var name = $"{RedisKeys.Default.Prefix}{{applications}}:{key}";
        if (command != "ZADD")
            await shell.Database.KeyDeleteAsync(name);
        await shell.RunAsync(command, [name, .. arguments]);

        known.Name([Revision]);
        await known.RefreshAsync().AsTask().Within();
        metrics["registry.redis.unreadable store=applications"].ShouldBeGreaterThan(0);
        var late = Store(other);
        await late.RefreshAsync().AsTask().Within();
        late.Find(Greeter).Revisions.Keys.ShouldBe(["r1"]);
        (await known.PutAsync(Greeter, Info("r2"), isInUse: false)).ShouldBe(PutResult.Stored);
        await late.RefreshAsync().AsTask().Within();
        late.Find(Greeter).Revisions.Keys.ShouldBe(["r1", "r2"]);
    }

    [Fact]
    public async Task FactsWithoutADocumentOrAnEndOrOfAnImmenseSizeAreRemoved()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        await shell.RunAsync("SET", (string)RedisKeys.Default.ApplicationTurn!, 200);
        for (var i = 1; i <= 150; i++)
            await shell.RunAsync("ZADD", (string)RedisKeys.Default.ApplicationTurns!, i, $"no document {i}");
        await PutAsync(shell, Revision.Key, new byte[2 * 1024 * 1024]);
        await PutAsync(shell, new byte[5000], "long");
        await PutAsync(shell, "never ends", "x");
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.ApplicationDeadlines!, "inf", "never ends");
        await PutAsync(shell, new ApplicationFact(Greeter, "com.example.Greeting", IsMapping: true).Key, "");
        var store = Store(connection);
        await store.RefreshAsync().AsTask().Within();
        store.Find(Greeter).Interfaces.ShouldBe(["com.example.Greeting"]);
        (await shell.Database.SortedSetLengthAsync(RedisKeys.Default.ApplicationTurns)).ShouldBe(1);
        (await shell.Database.HashLengthAsync(RedisKeys.Default.ApplicationFacts)).ShouldBe(1);
        metrics["registry.redis.unreadable store=applications"].ShouldBe(153);
    }

    private static RedisApplicationStore Store(RedisConnection connection) => new(connection, new ApplicationOptions(), TimeProvider.System);

    private static ApplicationMetadata Info(string revision = "r1") =>
        new(revision, Encoding.UTF8.GetBytes($$"""{"app":"greeter","revision":"{{revision}}"}"""), []);

    /// <summary>As a gateway puts it, whatever it is.</summary>
    private static async Task PutAsync(RedisShell shell, RedisValue fact, RedisValue document)
    {
        var turn = await shell.Database.StringIncrementAsync(RedisKeys.Default.ApplicationTurn);
        await shell.RunAsync("HSET", (string)RedisKeys.Default.ApplicationFacts!, fact, document);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.ApplicationDeadlines!, RedisShell.Now + 60_000, fact);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.ApplicationTurns!, turn, fact);
    }
}
