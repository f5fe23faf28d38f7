using System.Text.Json.Nodes;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Browser;

/// <summary>What the page of a service makes of a stream whose parts a test sends one by one.</summary>
public sealed class ConsoleStreamTests
{
    private const string Live = "Live: changes are shown as they happen.";

    // The answer to a stream is open as soon as it is asked for; send(text) adds to it.
    private const string SentByHand = """
        const real = window.fetch;
        window.fetch = (target, options) => String(target).includes("/watch?")
          ? Promise.resolve(new Response(new ReadableStream({
              start(parts) { window.send = (text) => parts.enqueue(new TextEncoder().encode(text)); },
            }), { headers: { "Content-Type": "text/event-stream" } }))
          : real(target, options);
        """;

    [Fact]
    public async Task TheStateIsLiveWithTheSnapshotAndWhatFollowsItIsMarkedForAsLongAsItShows()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await registry.RegisterAsync("greeter-1", "greeting");
        await registry.RegisterAsync("greeter-2", "greeting");
        var all = await registry.Http.GetJsonAsync("/v1/namespaces/shop/services/greeting/instances?status=any");
        var second = all["instances"]!.AsArray().Single(static one => (string?)one!["pod"]!["name"] == "greeter-2")!;
        all["instances"]!.AsArray().Remove(second);
        await using var chromium = await Chromium.StartAsync();
        var console = await ConsolePage.OpenAsync(chromium, registry.Http.BaseAddress!, "#/services/shop/greeting", script: SentByHand);

        await console.Page.WaitForFunctionAsync("() => 'send' in window");
        await SendAsync(": the headers alone, and a comment\n\n");
        await console.ShowsAsync("Connecting.");

        // In one piece, as a browser reads them on a busy machine.
        await SendAsync(Event("snapshot", all) + Event("added", second));
        await console.ShowsAsync(Live);
        var row = console.Page.Locator("tbody tr").Filter(new() { HasText = "greeter-2" });
        await row.WaitForAsync();
        (await console.Page.Locator("tr.changed").AllInnerTextsAsync()).Single().ShouldContain("greeter-2");

        second["weight"] = 7;
        await SendAsync(Event("modified", second));
        await row.Locator("td.changed", new() { HasText = "7" }).WaitForAsync();
        second["status"] = "OUT_OF_SERVICE";
        await SendAsync(Event("modified", second));
        await row.Locator("td.changed .badge.OUT_OF_SERVICE").WaitForAsync();
        (await row.Locator("td.changed").CountAsync()).ShouldBe(2, "a later change of another cell leaves the mark of the first one");
        (await console.Page.Locator("tr.changed").CountAsync()).ShouldBe(1, "and the one of the row");
        console.ShouldHaveDoneNoHarm();

        Task SendAsync(string text) => console.Page.EvaluateAsync("text => window.send(text)", text);
    }

    private static string Event(string name, JsonNode data) => $"event: {name}\ndata: {data.ToJsonString()}\n\n";
}
