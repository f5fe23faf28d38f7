using Gateway.Core.Diagnostics;
using Gateway.Core.Redis;
using Gateway.Tests.Registry.Projecting;

namespace Gateway.Tests.Redis;

/// <summary>An answer that fails by a bug.</summary>
public sealed class ReplicaQuestionsTests
{
    [Fact]
    public async Task AnAnswerThatFailsByABugIsPendingCountedAndLoggedAndTheNextQuestionIsAnswered()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        using var counted = new MetricsRecorder();
        using var metrics = new GatewayMetrics(counted);
        await using var connection = await redis.ConnectAsync();
        using var logs = new LogBookOf<ReplicaQuestions>();
        var roster = new ReplicaRoster(connection, TimeProvider.System);
        var loops = Supervised.Loops(metrics: metrics);
        var questions = new ReplicaQuestions(connection, roster, loops, TimeProvider.System, logs)
        {
            Answer = static text => text == "bug" ? throw new InjectedFaultException() : Task.FromResult<string?>("1 2 0"),
        };
        (await questions.AskAsync("a", Patience.Limit, CancellationToken.None).Within()).All.Values.ShouldBe(["1 2 0"]);

        using var leaving = new CancellationTokenSource();
        var asked = questions.AskAsync("bug", Patience.Limit, leaving.Token);
        await logs.WaitForAsync(2110);
        asked.IsCompleted.ShouldBeFalse("it waits for the replica until its limit");
        await leaving.CancelAsync();
        await asked.Within().ShouldThrowAsync<OperationCanceledException>();
        await loops.SettleAsync().Within();
        counted["registry.loop.failures loop=replica-answer"].ShouldBe(1);

        (await questions.AskAsync("z", Patience.Limit, CancellationToken.None).Within()).All.Values.ShouldBe(["1 2 0"]);
    }
}
