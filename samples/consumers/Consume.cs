// Prints the instances of a service whenever they change: dotnet run Consume.cs http://gateway:8080 NAMESPACE SERVICE (.NET 10; no packages)
// REGISTRY_TOKEN_FILE names a token file, where lookups need one (Access__Lookup=Rbac).
#:property PublishAot=false
using System.Net.ServerSentEvents;
using System.Text.Json;

if (args.Length != 3)
    throw new ArgumentException("usage: dotnet run Consume.cs http://gateway:8080 NAMESPACE SERVICE");
var instances = new Dictionary<string, string>();
string? last = null;
using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
var pause = 1000;
for (; ; await Task.Delay(pause)) // the stream ended: reconnect with the last id, nothing is missed
{
    pause = 1000;
    try
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{args[0]}/v1/namespaces/{args[1]}/services/{args[2]}/watch");
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        if (Environment.GetEnvironmentVariable("REGISTRY_TOKEN_FILE") is { } tokenFile) // read each time: it is renewed
            request.Headers.Authorization = new("Bearer", File.ReadAllText(tokenFile).Trim());
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode) // a problem (RFC 9457) in place of a stream
        {
            var text = await answer.Content.ReadAsStringAsync();
            Console.Error.WriteLine($"refused: {(text.StartsWith('{') ? JsonDocument.Parse(text).RootElement.GetProperty("detail") : answer.StatusCode)}");
            pause = 10_000;
            continue;
        }
        await foreach (var received in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            last = received.EventId ?? last;
            if (received.EventType == "problem")
                Console.Error.WriteLine($"refused: {JsonDocument.Parse(received.Data).RootElement.GetProperty("detail")}");
            if (received.EventType is not ("snapshot" or "added" or "modified" or "removed"))
                continue;
            var data = JsonDocument.Parse(received.Data).RootElement;
            if (received.EventType == "snapshot")
                instances.Clear();
            foreach (var one in received.EventType == "snapshot" ? data.GetProperty("instances").EnumerateArray().ToArray() : [data])
            {
                var id = one.GetProperty("id").GetString()!;
                if (received.EventType == "removed")
                    instances.Remove(id);
                else
                    instances[id] = $"{one.GetProperty("address")}:{one.GetProperty("port")}";
            }
            Console.WriteLine(instances.Count == 0 ? "none" : string.Join(' ', instances.Values.Order()));
        }
    }
    catch (Exception lost) when (lost is HttpRequestException or IOException)
    {
        Console.Error.WriteLine($"not reached: {lost.Message}");
    }
}
