using System.Globalization;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Operations;

public sealed class PropagationTests
{
    private const string Count = "registry_gateway_propagation_seconds_count{} ";

    [Fact]
    public async Task EachSubscribersChangeIsMeasuredAndNotWhatItBeganWith()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await registry.RegisterAsync("greeter-1", "greeting");
        await using var first = await EndToEnd.StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch?status=any");
        await using var second = await EndToEnd.StreamReader.OpenAsync(registry.Http, "/v1/namespaces/shop/services/greeting/watch?status=any");
        await first.NextAsync("snapshot");
        await second.NextAsync("snapshot");
        (await ScrapeAsync(registry)).ShouldNotContain(Count);

        await registry.RegisterAsync("greeter-2", "greeting");
        await first.NextAsync("added");
        await second.NextAsync("added");

        // It is counted when the bytes are written, which the client may see first.
        var text = await CountedAsync().Within();
        CountIn(text).ShouldBe(2);
        text.ShouldContain("registry_gateway_propagation_seconds_bucket{le=\"0.0001\"}");

        async Task<string> CountedAsync()
        {
            while (true)
            {
                if (await ScrapeAsync(registry) is var read && CountIn(read) >= 2)
                    return read;
            }
        }
    }

    private static Task<string> ScrapeAsync(TestRegistry registry) => registry.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken).Within();

    private static int CountIn(string text) => text.Split('\n').FirstOrDefault(static line => line.StartsWith(Count, StringComparison.Ordinal)) is { } line
        ? int.Parse(line[Count.Length..].Split(' ')[0], CultureInfo.InvariantCulture)
        : 0;
}
