using System.Text.Json.Nodes;
using Gateway.Emulator;

namespace Gateway.Tests.Emulator.Server;

/// <summary>API servers of one cluster: the same objects, and watch caches of their own.</summary>
public sealed class SeveralServersTests : IAsyncLifetime
{
    private readonly HttpClient _http = new() { Timeout = Patience.Limit };
    private SmallCluster _small = null!;

    private EmulatedCluster Cluster => _small.Cluster;

    public async ValueTask InitializeAsync() => _small = await SmallCluster.StartAsync(controllers: false, servers: 2);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _small.DisposeAsync();
    }

    [Fact]
    public async Task AConsistentListMovesTheCacheOfAnIdleKindOnAtItsServerAlone()
    {
        _small.Service();
        var changed = await VersionAsync(0, "services?resourceVersion=0");
        _small.Pod("orders-1", "10.0.0.1");
        (await VersionAsync(1, "services")).ShouldBe(Cluster.Storage.Version);
        (await VersionAsync(1, "services?resourceVersion=0")).ShouldBe(Cluster.Storage.Version);
        (await VersionAsync(0, "services?resourceVersion=0")).ShouldBe(changed);
    }

    [Fact]
    public async Task AChangeIsInTheCachesOfBoth()
    {
        _small.Pod("orders-1", "10.0.0.1");
        (await VersionAsync(0, "pods?resourceVersion=0")).ShouldBe(Cluster.Storage.Version);
        (await VersionAsync(1, "pods?resourceVersion=0")).ShouldBe(Cluster.Storage.Version);
    }

    private async Task<long> VersionAsync(int server, string list)
    {
        var text = await _http.GetStringAsync(new Uri(Cluster.Urls[server], $"/api/v1/namespaces/shop/{list}"), TestContext.Current.CancellationToken);
        return long.Parse((string)JsonNode.Parse(text)!["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture);
    }
}
