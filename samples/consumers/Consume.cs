// Prints the instances of a service whenever they change: dotnet run Consume.cs http://gateway:8080 NAMESPACE SERVICE (.NET 10; no packages)
#:property PublishAot=false
using System.Net.ServerSentEvents;
using System.Text.Json;

var instances = new Dictionary<string, string>();
string? last = null;
using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
for (; ; await Task.Delay(1000)) // the stream ended: reconnect with the last id, nothing is missed
{
    try
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{args[0]}/v1/namespaces/{args[1]}/services/{args[2]}/watch");
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await foreach (var received in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            last = received.EventId ?? last;
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
        Console.Error.WriteLine(lost.Message);
    }
}
