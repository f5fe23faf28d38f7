namespace Gateway.Tests.Redis;

/// <summary>One redis-server, and two gateways with their callers: started once for the tests of a class, each of which leaves them well.</summary>
public sealed class TroubledRedis : IAsyncLifetime
{
    internal RedisUnderTest Redis { get; private set; } = null!;

    internal RedisCallers Callers { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Redis = await RedisUnderTest.StartAsync();
        Callers = await RedisCallers.StartAsync(Redis.Configuration);
    }

    public async ValueTask DisposeAsync()
    {
        await Callers.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
