using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Tests.Api;
using Gateway.Tests.EndToEnd;
using StreamReader = Gateway.Tests.EndToEnd.StreamReader;

namespace Gateway.Tests.Streaming;

/// <summary>Streams over HTTP: what the connection shows beside the events.</summary>
public sealed class EventStreamTests
{
    private const string Watch = "/v1/namespaces/shop/services/greeting/watch";

    [Fact]
    public async Task AStreamHasItsHeaders()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var answer = await registry.Http.CallAsync("GET", Watch);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        answer.Headers.NonValidated["Cache-Control"].ToString().ShouldBe("no-cache, no-transform");
        answer.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
    }

    [Fact]
    public async Task TheTimeoutEndsAStream()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var stream = await StreamReader.OpenAsync(registry.Http, Watch + "?timeout=10ms");
        await stream.NextAsync("snapshot");
        await stream.Ended.Within();
    }

    [Fact]
    public async Task AnIdleStreamSendsCommentsAndAnOldOneSaysGoaway()
    {
        await using var registry = await TestRegistry.StartAsync();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, time: time);
        using var answer = await gateway.Http.CallAsync("GET", Watch);
        using var lines = new System.IO.StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await UntilAsync(lines, "event: snapshot");
        for (var comment = 0; comment < 3; comment++)
        {
            await AdvancedUntilAsync(time, TimeSpan.FromSeconds(1), UntilAsync(lines, ":"));
        }
        await AdvancedUntilAsync(time, TimeSpan.FromMinutes(1), UntilAsync(lines, "event: goaway"));
        (await lines.ReadToEndAsync(TestContext.Current.CancellationToken).Within()).ShouldContain("retryAfterMs");
    }

    // In steps: other loops have timers too, so none of them says that the stream's own is armed.
    private static async Task AdvancedUntilAsync(ManualTimeProvider time, TimeSpan step, Task done)
    {
        while (await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken)) != done)
            time.Advance(step);
        await done;
    }

    [Fact]
    public async Task AShutdownSaysGoawayToEveryStream()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url);
        await using var stream = await StreamReader.OpenAsync(gateway.Http, Watch);
        await stream.NextAsync("snapshot");
        var stopped = gateway.StopAsync();
        var goaway = await stream.NextAsync("goaway");
        ((int?)goaway.Data["retryAfterMs"]).ShouldNotBeNull();
        goaway.Id.ShouldNotBeNullOrEmpty();
        await stream.Ended.Within();
        await stopped.Within();
    }

    [Fact]
    public async Task AnEventSourceIsToldToComeBackWhereOthersAreRefused()
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Subscriptions:MaxStreams", "1"));
        await using var open = await StreamReader.OpenAsync(registry.Http, Watch);
        await open.NextAsync("snapshot");
        using var answer = await registry.Http.CallAsync("GET", Watch, headers: ("Accept", "text/event-stream"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Within();
        text.ShouldStartWith("retry: ");
        text.ShouldContain("event: goaway\ndata: {\"retryAfterMs\":");
    }

    [Fact]
    public async Task ManyServicesComeOverOneConnection()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Pod("greeter-1", "10.0.0.1");
        await registry.RegisterAsync("greeter-1", "greeting");
        await using var stream = await StreamReader.OpenAsync(registry.Http, "/v1/watch?service=shop/greeting&service=shop/later");
        (string, string)[] first = [await NameAsync(stream), await NameAsync(stream)];
        first.ShouldBe([("snapshot", "greeting"), ("snapshot", "later")]);
        await stream.NextAsync("synced");
        await registry.RegisterAsync("greeter-1", "later");
        ((string?)(await stream.NextAsync("added")).Data["service"]).ShouldBe("later");
    }

    [Fact]
    public async Task AStreamIsResumedAtAnotherReplica()
    {
        await using var registry = await TestRegistry.StartAsync();
        var second = await registry.ReplicaAsync("second");
        registry.Pod("greeter-1", "10.0.0.1");
        registry.Pod("greeter-2", "10.0.0.2");
        await registry.RegisterAsync("greeter-1", "greeting");
        await second.Http.LookUpUntilAsync("shop", "greeting", static all => all.Count == 1);
        string? last;
        await using (var before = await StreamReader.OpenAsync(registry.Http, Watch))
        {
            await before.NextAsync("snapshot");
            last = before.LastId;
        }
        await registry.RegisterAsync("greeter-2", "greeting");
        await using var after = await StreamReader.OpenAsync(second.Http, Watch, last);
        ((string?)(await after.NextAsync("added")).Data["pod"]!["name"]).ShouldBe("greeter-2");
    }

    [Fact]
    public async Task AStreamWhoseRightWasTakenAwayEndsWithAProblem()
    {
        await using var registry = await TestRegistry.StartAsync();
        registry.Small.Create(Gateway.Emulator.Storage.ResourceKinds.ServiceAccounts, """{"metadata":{"name":"reader","namespace":"shop"}}""");
        await using var gateway = await GatewayUnderTest.StartAsync(registry.Cluster.Url, [
            KeyValuePair.Create("Access:Lookup", (string?)"Rbac"), KeyValuePair.Create("Access:AllowedFor", (string?)"00:00:01"),
            KeyValuePair.Create("Identity:TokenCacheFor", (string?)"00:00:01"), KeyValuePair.Create("Identity:RefusalCacheFor", (string?)"00:00:00"),
        ]);
        using var bare = await gateway.Http.CallAsync("GET", Watch);
        bare.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var token = registry.Cluster.IssueToken("shop", "reader", audiences: ["registry-gateway"]);
        using var answer = await gateway.Http.CallAsync("GET", Watch, headers: ("Authorization", $"Bearer {token}"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var lines = new System.IO.StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await UntilAsync(lines, "event: snapshot");
        registry.Cluster.Faults.AnswerNext(
            int.MaxValue, 201, body: """{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":false}}""",
            filter: static request => request.Path.Contains("subjectaccessreviews", StringComparison.Ordinal));
        await UntilAsync(lines, "event: problem");
        (await lines.ReadToEndAsync(TestContext.Current.CancellationToken).Within()).ShouldContain("\"code\":\"forbidden\"");
    }

    [Fact]
    public async Task EveryStreamBeginsWithATimeToComeBackAfterThatIsNotTheSameForAll()
    {
        await using var registry = await TestRegistry.StartAsync();
        var waits = new HashSet<int>();
        for (var stream = 0; stream < 20; stream++)
        {
            using var body = new System.IO.StreamReader(await registry.Http.GetStreamAsync(Watch).Within());
            string? line;
            while ((line = await body.ReadLineAsync().WaitAsync(Patience.Limit)) is not null && !line.StartsWith("retry: ", StringComparison.Ordinal))
                line.ShouldNotStartWith("event:");
            waits.Add(int.Parse(line!["retry: ".Length..], System.Globalization.CultureInfo.InvariantCulture));
        }

        waits.ShouldAllBe(static wait => wait >= 500 && wait <= 3_000);
        waits.Count.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task AReaderThatTakesNothingIsDisconnectedAndOthersNeverWait()
    {
        await using var registry = await TestRegistry.StartAsync(settings: ("Subscriptions:SendTimeout", "00:00:00.3"));
        registry.Pod("greeter-1", "10.0.0.1");
        using var slow = new TcpClient { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(IPAddress.Loopback, registry.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {Watch} HTTP/1.1\r\nHost: localhost\r\n\r\n"), TestContext.Current.CancellationToken);
        await using var quick = await StreamReader.OpenAsync(registry.Http, Watch);
        await quick.NextAsync("snapshot");
        var metadata = new string('m', 100_000);
        var gone = false;
        for (var round = 0; round < 400 && !gone; round++)
        {
            await registry.Http.RegisterAsync(new { @namespace = "shop", pod = "greeter-1", service = "greeting", port = 8080, container = "app", metadata = new { round = round + metadata } });
            await quick.UntilAsync(one => ((string?)one.Data["metadata"]!["round"])!.StartsWith(round + "m", StringComparison.Ordinal));
            gone = (await registry.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Split('\n')
                .Any(static line => line == "registry_gateway_streams_closed_total{reason=\"too_slow\"} 1");
        }
        gone.ShouldBeTrue();
    }

    private static async Task<(string Event, string Service)> NameAsync(StreamReader stream)
    {
        var next = await stream.NextAsync();
        return (next.Name, (string)next.Data["service"]!);
    }

    private static async Task UntilAsync(System.IO.StreamReader lines, string wanted)
    {
        while (await lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().Within() is { } line)
        {
            if (line == wanted)
                return;
        }
        throw new InvalidOperationException($"The stream ended before '{wanted}'.");
    }
}
