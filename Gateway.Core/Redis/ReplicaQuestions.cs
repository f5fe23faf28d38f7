using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>
/// Asks every replica the same question, this one included, and gathers their answers. Holds the questions under way; answers come in on the
/// connection's threads.
/// </summary>
public sealed partial class ReplicaQuestions(
    RedisConnection redis, ReplicaRoster roster, LoopSupervisor loops, TimeProvider time, ILogger<ReplicaQuestions> log)
{
    // A replica that ends does not answer any more, and is off the roster soon.
    private static readonly TimeSpan LookAgainEvery = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan HearEvery = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Question> _open = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _hearingGate = new(1);
    private long _count;
    private bool _hears;

    /// <summary>What this replica answers; set once, before anything runs.</summary>
    public Func<string, Task<string>>? Answer { get; set; }

    /// <summary>Begins to hear, as soon as Redis is there; then there is nothing left to do until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var clock = new PeriodicTimer(HearEvery, time);
        try
        {
            while (!await HearAsync().ConfigureAwait(false))
                await clock.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>
    /// The answers by replica, and null for each replica that gave none within <paramref name="limit"/> though it is there; null: Redis is away.
    /// A replica that goes away meanwhile is not counted.
    /// </summary>
    public async Task<ImmutableDictionary<string, string?>?> AskAsync(string question, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (!await HearAsync().ConfigureAwait(false) || await roster.FindAllAsync().ConfigureAwait(false) is not { } asked)
            return null;
        var number = Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture);
        var open = _open[number] = new Question();
        try
        {
            var said = await redis.TryPublishAsync(RedisKeys.Questions, string.Join('\n', roster.Self, number, question)).ConfigureAwait(false);
            if (!said.HasValue)
                return null;
            var started = time.GetTimestamp();
            while (true)
            {
                var progress = open.NextAnswer();
                if (asked.All(open.Answers.ContainsKey))
                    break;
                var left = limit - time.GetElapsedTime(started);
                if (left <= TimeSpan.Zero)
                    break;
                try
                {
                    await progress.WaitAsync(left < LookAgainEvery ? left : LookAgainEvery, time, cancellationToken).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    if (await roster.FindAllAsync().ConfigureAwait(false) is not { } still)
                        return null;
                    asked = [.. asked.Where(still.Contains)];
                }
            }

            return asked.Union(open.Answers.Keys).ToImmutableDictionary(static name => name, name => open.Answers.GetValueOrDefault(name));
        }
        finally
        {
            _open.TryRemove(number, out _);
        }
    }

    private async Task<bool> HearAsync()
    {
        if (Volatile.Read(ref _hears))
            return true;
        await _hearingGate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_hears)
            {
                // Ready to hear answers before anyone can be asked.
                Volatile.Write(ref _hears, await redis.TrySubscribeAsync(RedisKeys.AnswersTo(roster.Self), HearAnswer).ConfigureAwait(false)
                    && await redis.TrySubscribeAsync(RedisKeys.Questions, HearQuestion).ConfigureAwait(false));
            }

            return _hears;
        }
        finally
        {
            _hearingGate.Release();
        }
    }

    private void HearQuestion(RedisValue message)
    {
        if (((string?)message)?.Split('\n', 3) is [var from, var number, var question] && Answer is { } answer)
            loops.Begin("replica-answer", () => AnswerAsync(answer, from, number, question), bug => Unanswered(log, bug, from));
    }

    private async Task AnswerAsync(Func<string, Task<string>> answer, string from, string number, string question)
    {
        var text = await answer(question).ConfigureAwait(false);
        await redis.TryPublishAsync(RedisKeys.AnswersTo(from), string.Join('\n', roster.Self, number, text)).ConfigureAwait(false);
    }

    private void HearAnswer(RedisValue message)
    {
        if (((string?)message)?.Split('\n', 3) is [var from, var number, var text] && _open.TryGetValue(number, out var question))
            question.Take(from, text);
    }

    [LoggerMessage(2110, LogLevel.Error, "A question of replica {Replica} could not be answered; it counts this one as pending")]
    private static partial void Unanswered(ILogger log, Exception bug, string replica);

    private sealed class Question
    {
        private TaskCompletionSource _progress = NewProgress();

        public ConcurrentDictionary<string, string> Answers { get; } = new(StringComparer.Ordinal);

        /// <summary>Take it, then look at <see cref="Answers"/>, then wait.</summary>
        public Task NextAnswer() => Volatile.Read(ref _progress).Task;

        public void Take(string from, string text)
        {
            Answers[from] = text;
            Interlocked.Exchange(ref _progress, NewProgress()).TrySetResult();
        }

        private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
