using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.OpenApi;

/// <summary>One gateway on an empty cluster, and its document, for tests that change nothing.</summary>
public sealed class DescribedGateway : IAsyncLifetime
{
    private TestRegistry _registry = null!;

    internal DescribedApi Api { get; private set; } = null!;

    internal HttpClient Http => _registry.Http;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        Api = await DescribedApi.ReadAsync(_registry.Http);
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();
}
