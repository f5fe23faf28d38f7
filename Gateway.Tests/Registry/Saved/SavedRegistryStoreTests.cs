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
    public async Task AClockThatIsAheadDoesNotMakeASavedStateYounger()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var connection = await redis.ConnectAsync();
        var store = Store(connection);
        (await store.SaveAsync(SavedCluster.Of(pods: 3) with { At = DateTimeOffset.UtcNow.AddMinutes(4) })).ShouldBe(SaveOutcome.Saved);
        (await store.LoadedAsync()).ShouldNotBeNull().At.ShouldBeLessThan(DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task WithASecretAStateIsRestoredOnlyIfItIsSignedByIt()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        var (plain, one, other) = (Store(connection), Store(connection, "the secret of one installation"), Store(connection, "the secret of another one"));
        var saved = SavedCluster.Of(pods: 3) with { At = DateTimeOffset.UtcNow };
        (await one.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);
        (await one.LoadedAsync()).ShouldNotBeNull().Pods.Length.ShouldBe(3);
        one.WasUnsigned.ShouldBeFalse();
        (await plain.LoadedAsync()).ShouldNotBeNull("without a secret signatures are not looked at");
        (await other.LoadedAsync()).ShouldBeNull();
        other.WasUnsigned.ShouldBeTrue();

        // Confirmed later: signed with the new time.
        (await one.ConfirmAsync(saved.At.AddSeconds(1))).ShouldBeTrue();
        (await one.LoadedAsync()).ShouldNotBeNull();

        // An older state, or another one, with a signature that stood there.
        await shell.RunAsync("HSET", (string)Key!, "at", RedisShell.Now - 1);
        await RefusedAsync();
        (await one.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);
        var bytes = (byte[])(await shell.RunAsync("HGET", (string)Key!, "bytes"))!;
        bytes[^1] ^= 1;
        await shell.RunAsync("HSET", (string)Key!, "bytes", bytes);
        await RefusedAsync();
        foreach (var mac in new RedisValue[] { "", "x", new string('0', 64), new byte[100_000], new byte[] { 0xff } })
        {
            (await one.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);
            await shell.RunAsync("HSET", (string)Key!, "mac", mac);
            await RefusedAsync();
        }

        (await plain.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);
        await RefusedAsync();

        async Task RefusedAsync()
        {
            (await one.LoadedAsync()).ShouldBeNull();
            one.WasUnsigned.ShouldBeTrue();
        }
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
    public async Task ALargeStateIsWrittenAndReadInPartsOfAMegabyte()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        await using var connection = await redis.ConnectAsync();
        var store = Store(connection, "a secret");
        var saved = SavedCluster.Of(pods: 30_000) with { At = DateTimeOffset.FromUnixTimeMilliseconds(RedisShell.Now) };
        (await store.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);

        ((long)await shell.RunAsync("HGET", (string)Key!, "parts")).ShouldBeGreaterThan(1);
        ((long)await shell.RunAsync("HSTRLEN", (string)Key!, "bytes")).ShouldBe(1024 * 1024);
        ((RedisKey[])(await shell.RunAsync("KEYS", $"{Key}*"))!).ShouldHaveSingleItem("what was written on the way took the place of the state");
        (await store.LoadedAsync()).ShouldNotBeNull().Pods.Length.ShouldBe(30_000);
        (await store.ConfirmAsync(saved.At)).ShouldBeTrue();

        // A reader whose state is replaced between two parts reads the new one.
        var saving = Task.Run(async () =>
        {
            for (var round = 0; round < 3; round++)
                (await store.SaveAsync(saved)).ShouldBe(SaveOutcome.Saved);
        }, TestContext.Current.CancellationToken);
        await using var second = await redis.ConnectAsync();
        var reader = Store(second, "a secret");
        do
            (await reader.LoadedAsync()).ShouldNotBeNull().Pods.Length.ShouldBe(30_000);
        while (!saving.IsCompleted);
        await saving.Within();

        await shell.RunAsync("HDEL", (string)Key!, "bytes:1");
        (await store.ConfirmAsync(saved.At)).ShouldBeFalse();
        (await store.LoadedAsync()).ShouldBeNull();
        (await store.SaveAsync(SavedCluster.Of(pods: 3) with { At = saved.At })).ShouldBe(SaveOutcome.Saved);
        (await store.LoadedAsync()).ShouldNotBeNull().Pods.Length.ShouldBe(3);
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

    private static SavedRegistryStore Store(RedisConnection connection, string secret = "") =>
        new(connection, RevisionLayout.WholeCluster, new(), TimeProvider.System, secret);
}
