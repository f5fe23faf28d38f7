using Gateway.Tests.Redis;

[assembly: AssemblyFixture(typeof(SharedRedis))]

namespace Gateway.Tests.Redis;

/// <summary>
/// The redis-server of all tests that neither end nor hold up theirs: started when the first of them asks, ended with the run. Each test has a
/// database that no other test had before.
/// </summary>
public sealed class SharedRedis : IAsyncDisposable
{
    private static readonly Lazy<Task<RedisUnderTest>> Server = new(static () => RedisUnderTest.StartAsync());
    private static int _taken;

    internal static async Task<(int Port, int Database)> TakeAsync()
    {
        var server = await Server.Value;
        return (server.Port, Interlocked.Increment(ref _taken));
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await Server.Value).DisposeAsync();
    }
}
