using System.Text.Json;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Processes;

/// <summary>The load generator in a process of its own.</summary>
internal sealed class LoadProcess(ChildProcess process) : IAsyncDisposable
{
    public static LoadProcess Start() => new(ChildProcess.OfSelf(new Dictionary<string, string> { ["DOTNET_gcServer"] = "0" }, "serve-load"));

    public async Task<LoadResult> RunAsync(LoadOrder order)
    {
        await process.Input.WriteLineAsync(JsonSerializer.Serialize(order, ResultJson.Default.LoadOrder));
        await process.Input.FlushAsync();
        var result = JsonSerializer.Deserialize(await process.ReadLineAsync(), ResultJson.Default.LoadResult)!;
        return result.Failure is { } failure ? throw new InvalidOperationException($"{order.Kind} failed: {failure}") : result;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
