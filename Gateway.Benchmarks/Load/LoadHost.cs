using System.Text.Json;
using Gateway.Benchmarks.Results;

namespace Gateway.Benchmarks.Load;

/// <summary>The load process: carries out one order after the other, a line of JSON each, until its input ends.</summary>
internal static class LoadHost
{
    public static async Task<int> RunAsync(TextReader orders, TextWriter results)
    {
        using var requests = new RequestLoad();
        using var streams = new StreamLoad();
        while (await orders.ReadLineAsync() is { } line)
        {
            LoadResult result;
            try
            {
                var order = JsonSerializer.Deserialize(line, ResultJson.Default.LoadOrder)!;
                result = await ObeyAsync(order, requests, streams);
            }
            catch (Exception failure)
            {
                result = new LoadResult { Failure = failure.Message };
            }

            await results.WriteLineAsync(JsonSerializer.Serialize(result, ResultJson.Default.LoadResult));
            await results.FlushAsync();
        }

        return 0;
    }

    private static async Task<LoadResult> ObeyAsync(LoadOrder order, RequestLoad requests, StreamLoad streams)
    {
        switch (order.Kind)
        {
            case LoadKind.Requests:
                return await requests.RunAsync(order);
            case LoadKind.Http2:
                return await HttpLoad.Http2Async(order);
            case LoadKind.Discard:
                return await HttpLoad.DiscardAsync(order);
            case LoadKind.OpenStreams:
                return await streams.OpenAsync(order);
            case LoadKind.CountEvents:
                return streams.Count(order);
            case LoadKind.TakeEvents:
                return streams.Take();
            default:
                streams.Dispose();
                return new LoadResult();
        }
    }
}
