using Gateway.Core.Redis;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Registry.Saved;
using Gateway.Tests.Redis;
using StackExchange.Redis;

namespace Gateway.Tests.Registry.Saved;

/// <summary>The saved state in a real Redis: what else stands there is not restored, and is replaced.</summary>
public sealed class SavedRegistryStoreTests
{
    [Theory]
    [InlineData("yesterday")]
    [InlineData("9e18")]
    [InlineData("9000000000000000000")]
    [InlineData("-1")]
    [InlineData("253402300800000")]
    [InlineData("")]
    public async Task AStateOfATimeThatNoClockSaysIsNotRestored(string at)
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        var store = Store(connection);
        (await store.SaveAsync(SavedCluster.Of(pods: 3) with { At = DateTimeOffset.UtcNow })).ShouldBe(SaveOutcome.Saved);
        await shell.RunAsync("HSET", (string)Key!, "at", at);
        (await store.LoadedAsync()).ShouldBeNull();
        metrics["registry.redis.unreadable store=state"].ShouldBe(1);

        (await store.ConfirmAsync(DateTimeOffset.UtcNow)).ShouldBeTrue();
        (await store.LoadedAsync()).ShouldNotBeNull().Pods.Length.ShouldBe(3);
    }

    [Fact]
    public async Task AStateThatWasOverwrittenOrLostIsSavedAgain()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        var store = Store(connection);
        var saved = SavedCluster.Of(pods: 3) with { At = DateTimeOffset.FromUnixTimeMilliseconds(RedisShell.Now) };
        foreach (var garbage in new Func<Task>[]
        {
            () => shell.RunAsync("HSET", (string)Key!, "bytes", "x"), () => shell.Database.KeyDeleteAsync(Key), () => ReplaceAsync("SET", "x"), () => ReplaceAsync("RPUSH", "x"),
        })
        {
            (await store.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);
            (await store.ConfirmAsync(saved.At)).ShouldBeTrue();
            await garbage();
            (await store.LoadedAsync()).ShouldBeNull();
            (await store.ConfirmAsync(saved.At)).ShouldBeFalse();
        }

        (await store.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);
        (await store.LoadedAsync()).ShouldNotBeNull().At.ShouldBe(saved.At);

        async Task ReplaceAsync(string command, string value)
        {
            await shell.Database.KeyDeleteAsync(Key);
            await shell.RunAsync(command, (string)Key!, value);
        }
    }

    [Fact]
    public async Task AWriterWithoutAnEndKeepsNoReplicaFromSaving()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        var store = Store(connection);
        var span = TimeSpan.FromSeconds(25);
        (await store.ClaimAsync("one", span)).ShouldBeTrue();
        (await store.ClaimAsync("two", span)).ShouldBeFalse();
        (await store.ClaimAsync("one", span)).ShouldBeTrue();
        (string, RedisValue[])[] garbage =
        [
            ("SET", ["x"]), ("SET", ["two", "PX", "9000000000000000"]), ("SET", [new byte[100_000], "PX", 60_000]), ("RPUSH", ["x"]), ("HSET", ["x", "y"]),
        ];
        foreach (var (command, arguments) in garbage)
        {
            await shell.Database.KeyDeleteAsync(RedisKeys.Default.StateWriter);
            await shell.RunAsync(command, [(string)RedisKeys.Default.StateWriter!, .. arguments]);
            (await store.ClaimAsync("one", span)).ShouldBeTrue(command);
            (await shell.Database.KeyTimeToLiveAsync(RedisKeys.Default.StateWriter)).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(span);
        }
    }

    private static RedisKey Key => RedisKeys.Default.State(RevisionLayout.WholeCluster.Fingerprint);

    private static SavedRegistryStore Store(RedisConnection connection) => new(connection, RevisionLayout.WholeCluster, new(), TimeProvider.System);
}
