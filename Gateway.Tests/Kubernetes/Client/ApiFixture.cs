using Gateway.Core.Diagnostics;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Connections;
using Gateway.Tests.Kubernetes.Informers;

namespace Gateway.Tests.Kubernetes.Client;

/// <summary>A client of a scripted API server.</summary>
internal sealed class ApiFixture : IAsyncDisposable
{
    private readonly GatewayMetrics _metrics = new();

    private ApiFixture(ScriptedApiServer server, ClusterConnection? connection, KubernetesOptions options, Func<string, bool>? keep, TimeProvider? time)
    {
        Server = server;
        Api = new(connection ?? new() { BaseAddress = server.Address, NeverUsesProxy = true }, options, _metrics, time, keep);
    }

    public ScriptedApiServer Server { get; }
    public KubernetesApi Api { get; }

    public static async Task<ApiFixture> StartAsync(KubernetesOptions? options = null, Func<string, bool>? keep = null,
        Func<Uri, ClusterConnection>? connect = null, TimeProvider? time = null)
    {
        var server = await ScriptedApiServer.StartAsync();
        return new(server, connect?.Invoke(server.Address), options ?? new(), keep, time);
    }

    /// <summary>Does one call and answers its request with a recording.</summary>
    public async Task<T> PlayAsync<T>(string recording, Func<KubernetesApi, Task<T>> call)
    {
        var calling = call(Api);
        var request = await Server.NextAsync();
        var recorded = Recording.Read(recording);
        (string, string)[] headers = recorded.AnswerHeaders.TryGetValue("Retry-After", out var after) ? [("Retry-After", after)] : [];
        await request.AnswerAsync(recorded.Status, recorded.Answer, headers);
        return await calling;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Server.DisposeAsync();
        _metrics.Dispose();
    }
}
