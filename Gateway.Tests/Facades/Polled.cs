using System.Text.Json.Nodes;

namespace Gateway.Tests.Facades;

/// <summary>Reads of a facade that has no way to wait: asked again until the answer is as wanted.</summary>
internal static class Polled
{
    public static async Task<string> TextUntilAsync(this HttpClient http, string path, Func<string, bool> met, params (string Name, string Value)[] headers)
    {
        using var deadline = new CancellationTokenSource(Patience.Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            foreach (var (name, value) in headers)
                request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
            using var answer = await http.SendAsync(request, deadline.Token);
            var text = await answer.Content.ReadAsStringAsync(deadline.Token);
            if (answer.IsSuccessStatusCode && met(text))
                return text;
            try
            {
                await poll.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{path} is still {(int)answer.StatusCode}: {text}");
            }
        }
    }

    public static async Task<JsonNode> JsonUntilAsync(this HttpClient http, string path, Func<JsonNode, bool> met) =>
        JsonNode.Parse(await http.TextUntilAsync(path, text => met(JsonNode.Parse(text)!)))!;
}
