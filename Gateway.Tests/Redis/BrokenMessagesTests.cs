using Gateway.Api.Endpoints.Drain;
using Gateway.Core.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Gateway.Tests.Redis;

/// <summary>Names of replicas, questions and answers that no replica sent.</summary>
public sealed class BrokenMessagesTests
{
    private static readonly string Id = new('a', 32);

    [Fact]
    public async Task ARosterOfOtherNamesTimesOrTypesHoldsTheReplicasAlone()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        var (one, two) = (new ReplicaRoster(connection, TimeProvider.System), new ReplicaRoster(connection, TimeProvider.System));
        await shell.RunAsync("SET", (string)RedisKeys.Default.Replicas!, "x");
        (await one.FindAllAsync().Within()).ShouldBe([one.Self]);
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.Replicas!, "inf", new string('a', 16));
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.Replicas!, RedisShell.Now, "x");
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.Replicas!, RedisShell.Now, new byte[] { 0xff });
        await shell.RunAsync("ZADD", (string)RedisKeys.Default.Replicas!, RedisShell.Now, new byte[100_000]);
        (await two.FindAllAsync().Within()).ShouldNotBeNull().ShouldBe([one.Self, two.Self], ignoreOrder: true);
        metrics["registry.redis.unreadable store=replicas"].ShouldBe(5);
    }

    [Fact]
    public async Task MessagesThatNoReplicaSendsAreSkippedAndADrainIsAnswered()
    {
        await using var redis = await RedisUnderTest.ShareAsync();
        await using var shell = await RedisShell.OpenAsync(redis);
        using var metrics = new MetricsRecorder();
        await using var connection = await redis.ConnectAsync(metrics);
        var roster = new ReplicaRoster(connection, TimeProvider.System);
        var heard = new List<string>();
        var loops = Supervised.Loops();
        var questions = new ReplicaQuestions(connection, roster, loops, TimeProvider.System, NullLogger<ReplicaQuestions>.Instance)
        {
            Answer = text =>
            {
                lock (heard)
                    heard.Add(text);
                return Task.FromResult<string?>(text == "no question" ? null : "1 2 0");
            },
        };
        (await questions.AskAsync("a", Patience.Limit, CancellationToken.None).Within()).All.Values.ShouldBe(["1 2 0"]);

        var other = new string('b', 16);
        RedisValue[] messages =
        [
            "", "x", "\n\n\n", new byte[] { 0xff }, new byte[3_000_000], $"{other}\nsoon\nx", $"{other}\n{new string('9', 30)}\nx", "../x\n1\nx", $"{other}\n1",
        ];
        foreach (var message in messages)
        {
            await shell.Channels.PublishAsync(Channel(RedisKeys.Default.Questions), message).Within();
            await shell.Channels.PublishAsync(Channel(RedisKeys.Default.AnswersTo(roster.Self)), message).Within();
        }

        await shell.Channels.PublishAsync(Channel(RedisKeys.Default.Questions), $"{other}\n1\nno question").Within();

        // Messages of one connection come in order; they are answered beside each other.
        (await questions.AskAsync("z", Patience.Limit, CancellationToken.None).Within()).All.Values.ShouldBe(["1 2 0"]);
        await loops.SettleAsync().Within();
        lock (heard)
            heard.ShouldBe(["a", "no question", "z"], ignoreOrder: true);
        metrics["registry.redis.unreadable store=drains"].ShouldBe((2 * messages.Length) + 1);
    }

    private static RedisChannel Channel(string name) => new(name, RedisChannel.PatternMode.Literal);

    [Theory]
    [InlineData("1 3 0", true)]
    [InlineData("1 1000000 1000000", true)]
    [InlineData("1 2147483647 0", false)]
    [InlineData("1 -1 0", false)]
    [InlineData("2 1 1", false)]
    [InlineData("1 1", false)]
    [InlineData("1 1 1 1", false)]
    [InlineData("", false)]
    public void AnAnswerThatNoReplicaGivesIsNone(string text, bool isOne) => (DrainProgress.Parse(text) is not null).ShouldBe(isOne);

    [Fact]
    public void AQuestionThatNoReplicaAsksIsNone()
    {
        var asked = new DrainQuestion(Id, "shop", "greeting", "AQ", TimeSpan.FromSeconds(20));
        DrainQuestion.Parse(asked.ToString()).ShouldBe(asked);
        foreach (var limit in new[] { "9223372036854775807", "-1", "soon", "86400000", "" })
            DrainQuestion.Parse($"{Id} shop greeting AQ {limit}").ShouldBeNull();
        foreach (var text in new[] { "", " ", "x shop greeting AQ 1", $"{Id} ../x greeting AQ 1", $"{Id} shop gr\u00fc AQ 1", $"{Id} shop greeting {new string('A', 300)} 1" })
            DrainQuestion.Parse(text).ShouldBeNull();
    }
}
