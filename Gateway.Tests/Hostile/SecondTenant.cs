using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Tests.EndToEnd;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Hostile;

/// <summary>
/// A neighbour that does nothing wrong: round after round it registers its instance with other metadata, looks it up, and sees the change on its
/// stream. Whatever is not answered as ever is a fault; how long each took is measured.
/// </summary>
internal sealed class SecondTenant(HttpClient http, string ns, string service, object registration, (string Name, string Value)? token)
{
    // Well below what one pod may write.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(70);

    private readonly List<double> _registrations = [];
    private readonly List<double> _lookups = [];
    private readonly List<double> _streams = [];

    public int Rounds => _lookups.Count;

    public string Figures => string.Join("; ", [Figure("register", _registrations), Figure("lookup", _lookups), Figure("stream", _streams)]);

    public static HttpClient Client(GatewayUnderTest gateway, (string Name, string Value)? token)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Http.BaseAddress, Timeout = Patience.Limit };
        if (token is { } header)
            http.DefaultRequestHeaders.Add(header.Name, header.Value);
        return http;
    }

    /// <summary>At least that many rounds, and until that is done.</summary>
    public async Task RunAsync(int rounds, Task until)
    {
        await using var stream = await StreamReader.OpenAsync(http, $"/v1/namespaces/{ns}/services/{service}/watch?status=any");
        using var clock = new PeriodicTimer(Pace);
        for (var round = 0; round < rounds || !until.IsCompleted; round++)
            await RoundAsync(stream, $"{token?.Name}{round}-{Stopwatch.GetTimestamp()}", clock);
    }

    private async Task RoundAsync(StreamReader stream, string mark, PeriodicTimer clock)
    {
        var body = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(registration))!;
        body["metadata"] = new JsonObject { ["round"] = mark };
        var begun = Stopwatch.GetTimestamp();
        using var answer = await http.PostAsync("/v1/registrations", JsonContent.Create(body)).Within();
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        _registrations.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        answer.Headers.Contains("X-Registry-Pending").ShouldBeFalse("the change was not seen within five seconds");
        await stream.UntilAsync(next => next.Data.ToJsonString().Contains(mark, StringComparison.Ordinal));
        _streams.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        begun = Stopwatch.GetTimestamp();
        var instances = await http.LookUpAsync(ns, service, "?status=any");
        _lookups.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        ((string)instances.ShouldHaveSingleItem()["metadata"]!["round"]!).ShouldBe(mark);
        await clock.WaitForNextTickAsync();
    }

    private static string Figure(string name, List<double> taken)
    {
        var sorted = taken.Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{name} {sorted.Count}x: median {sorted[sorted.Count / 2]:f1} ms, 99 % {sorted[sorted.Count * 99 / 100]:f1} ms, longest {sorted[^1]:f1} ms");
    }
}
