using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>Writes into Redis what another program, or a person with redis-cli, may write there; not through the gateway's own connection.</summary>
internal sealed class RedisShell : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _client;

    private RedisShell(ConnectionMultiplexer client) => _client = client;

    public IDatabase Database => _client.GetDatabase();

    public ISubscriber Channels => _client.GetSubscriber();

    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public static async Task<RedisShell> OpenAsync(RedisUnderTest redis) =>
        new(await ConnectionMultiplexer.ConnectAsync(redis.Configuration + ",syncTimeout=30000").Within());

    /// <summary>Whatever redis-cli would take, as text.</summary>
    public Task<RedisResult> RunAsync(string command, params RedisValue[] arguments) =>
        Database.ScriptEvaluateAsync("return redis.call(unpack(ARGV))", [], [command, .. arguments]).Within();

    public async ValueTask DisposeAsync()
    {
        await _client.CloseAsync();
        _client.Dispose();
    }
}
