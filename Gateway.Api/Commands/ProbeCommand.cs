namespace Gateway.Api.Commands;

/// <summary><c>Gateway.Api --probe URL</c>: exits 0 on 2xx, for health checks in images without a shell.</summary>
public static class ProbeCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static bool IsAsked(string[] args) => args is ["--probe", ..];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length != 2 || !Uri.TryCreate(args[1], UriKind.Absolute, out var url))
        {
            await System.Console.Error.WriteLineAsync("usage: Gateway.Api --probe URL");
            return 2;
        }
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout };
            using var answer = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
            if (answer.IsSuccessStatusCode)
                return 0;
            await System.Console.Error.WriteLineAsync($"{url} answered {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or NotSupportedException)
        {
            await System.Console.Error.WriteLineAsync($"{url} did not answer: {e.Message}");
        }
        return 1;
    }
}
