using Gateway.Emulator.Http;

namespace Gateway.Tests.Outages;

/// <summary>Rows of the fault table in which the API server, or what is before it, answers with an error.</summary>
public sealed class FaultMatrixAnswersTests
{
    private const int UnreadableFrame = 1106;
    private const string Html = "<html><head><title>Sign in</title></head><body>Your session has expired.</body></html>";

    [Fact]
    public async Task AVersionThatIsGoneOnAWatchIsListedFrom()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        await registry.MissChangesAsync(registry.Faults.ForgetHistory);
        await registry.AgreeAsync();
        registry.ReasonsOfLists("pods").ShouldContain("gone");
    }

    [Fact]
    public async Task AVersionThatIsGoneOnAListTooIsReplacedByTheNewestState()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        await registry.MissChangesAsync(() =>
        {
            registry.Faults.ForgetHistory();
            registry.Faults.AnswerNext(1, 410, filter: IsListSince);
        });
        await registry.AgreeAsync();
        registry.ReasonsOfLists("pods").ShouldContain("gone");
        registry.Small.Cluster.Requests.Count(static logged => logged.Status == 410).ShouldBe(1);
        registry.Small.Cluster.Requests.Count(static logged => IsOfPods(logged.Request) && logged.Query.Contains("limit=", StringComparison.Ordinal)).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task ThrottledWithRetryAfterTheStateIsServedAndChangesFollowWhenAdmitted()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        var throttled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        registry.Faults.DoBefore(() => Task.FromResult(throttled.TrySetResult()), 1, static request => request.IsWatch);
        registry.Faults.AnswerNext(12, 429, retryAfter: 1, filter: static request => request.IsWatch);
        registry.Faults.CutWatches();
        await throttled.Task.Within();
        await registry.ShouldShowTheFormerStateAsync(isStale: false);
        await registry.ChangeAsync();
        await registry.AgreeAsync();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task AServerThatFailsEveryRequestIsStaleUntilItAnswers(int status)
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Faults.AnswerNext(int.MaxValue, status);
        registry.Faults.CutWatches();
        await registry.UntilStaleAsync();
        await registry.ShouldShowTheFormerStateAsync(isStale: true);
        await registry.ChangeAsync();
        registry.Faults.Clear();
        await registry.AgreeAsync();
    }

    [Fact]
    public async Task AProxysPageWith200IsNeitherAListNorAWatch()
    {
        await using var registry = await FaultedRegistry.StartAsync();
        registry.Faults.AnswerNext(int.MaxValue, 200, body: Html);
        registry.Faults.CutWatches();
        await registry.Logs.WaitForAsync(UnreadableFrame);
        await registry.ShouldShowTheFormerStateAsync(isStale: null);
        await registry.ChangeAsync();
        registry.Faults.Clear();
        await registry.AgreeAsync();
    }

    private static bool IsOfPods(ObservedRequest request) => request.Method == "GET" && request.Path.EndsWith("/pods", StringComparison.Ordinal);

    private static bool IsListSince(ObservedRequest request) => IsOfPods(request) && request.Query.StartsWith("?resourceVersion=", StringComparison.Ordinal);
}
