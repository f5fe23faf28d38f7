using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Diagnostics;
using Gateway.Core.Supervision;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Gateway.Core.Redis;

/// <summary>
/// Asks every replica the same question, this one included, and collects their answers, over channels: a question is heard at once, and nothing asks
/// Redis for questions. Holds the questions in progress; answers arrive on the connection's threads. The exchange and those that ask subscribe.
/// </summary>
public sealed partial class ReplicaQuestions(
    RedisConnection redis, ReplicaRoster roster, LoopSupervisor loops, TimeProvider time, ILogger<ReplicaQuestions> logger) : IExchanged
{
    // A replica that ends no longer answers, and leaves the roster soon, which the exchange reads.
    private static readonly TimeSpan RosterInterval = TimeSpan.FromMilliseconds(500);

    // A question with the longest names is half of it.
    private const int MaxMessageBytes = 2048;

    // Each is answered within a minute or so; more than the drains of one rollout.
    private const int MaxAnswering = 10_000;

    private readonly LogPace _unanswered = new(time);
    private readonly ConcurrentDictionary<string, Question> _open = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _hearingGate = new(1);
    private long _count;
    private int _answering;
    private bool _hearsAnswers;
    private bool _hears;

    /// <summary>What this replica answers, null: it does not understand the question. Set once, before anything runs.</summary>
    public Func<string, Task<string?>>? Answer { get; set; }

    public Action? Wake { get; set; }

    /// <summary>Subscribes with the first exchange.</summary>
    public Task ExchangeAsync() => HearAsync();

    /// <summary>
    /// Asks all and waits for their answers, at most until <paramref name="limit"/> whatever Redis does. A replica that goes away meanwhile is not
    /// counted; one of another protocol is asked, but not waited for.
    /// </summary>
    public async Task<ReplicaAnswers> AskAsync(string question, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var left = () => limit - time.GetElapsedTime(started) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;
        if (!await WithinAsync(HearAsync()) || await WithinAsync(roster.LookAsync()) is not { } live)
            return ReplicaAnswers.NoRedis;
        var looks = roster.Looks;
        var asked = live.Names.Except(live.Others).ToHashSet(StringComparer.Ordinal);
        var number = Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture);
        var open = _open[number] = new Question();
        try
        {
            var said = await WithinAsync(redis.TryPublishAsync(redis.Keys.Questions, string.Join('\n', roster.Self, number, question)));
            if (!said.HasValue)
                return ReplicaAnswers.NoRedis;
            while (true)
            {
                var progress = open.NextAnswer();
                if (asked.All(open.Answers.ContainsKey))
                    break;
                var rest = left();
                if (rest == TimeSpan.Zero)
                    break;
                try
                {
                    await progress.WaitAsync(rest < RosterInterval ? rest : RosterInterval, time, cancellationToken);
                }
                catch (TimeoutException)
                {
                    if (left() == TimeSpan.Zero)
                        break;
                    if (!redis.IsAvailable)
                        return ReplicaAnswers.NoRedis;

                    // An earlier one may lack a replica that the first reading found.
                    if (roster.Latest is { } still && still.Number > looks)
                    {
                        live = still;
                        asked.IntersectWith(still.Names);
                    }
                }
            }

            return Answered();
        }
        finally
        {
            _open.TryRemove(number, out _);
        }

        ReplicaAnswers Answered() => new(
            asked.Union(open.Answers.Keys).ToImmutableDictionary(static name => name, name => open.Answers.GetValueOrDefault(name)),
            !live.AreAll ? $"there are more than {ReplicaRoster.MaxReplicas} replicas"
            : !live.Others.IsEmpty ? "replicas of another version are running"
            : null);

        async Task<T?> WithinAsync<T>(Task<T> call)
        {
            try
            {
                return await call.WaitAsync(left(), time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return default;
            }
        }
    }

    private async Task<bool> HearAsync()
    {
        if (Volatile.Read(ref _hears))
            return true;
        await _hearingGate.WaitAsync();
        try
        {
            if (!_hears)
            {
                // Subscribed to answers before a question can be sent, and to each once.
                _hearsAnswers = _hearsAnswers || await redis.TrySubscribeAsync(redis.Keys.AnswersTo(roster.Self), HearAnswer);
                Volatile.Write(ref _hears, _hearsAnswers && await redis.TrySubscribeAsync(redis.Keys.Questions, HearQuestion));
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
        if (Read(message) is not var (from, number, question))
            redis.Unreadable.Skip(RedisStore.Drains);
        else if (Answer is { } answer)
            loops.Begin("replica-answer", () => AnswerAsync(answer, from, number, question), bug => NotAnswered(bug, from));
    }

    private async Task AnswerAsync(Func<string, Task<string?>> answer, string from, string number, string question)
    {
        try
        {
            // A question without an answer counts as pending at the replica that asked.
            var text = Interlocked.Increment(ref _answering) <= MaxAnswering ? await answer(question) : null;
            if (text is null)
                redis.Unreadable.Skip(RedisStore.Drains);
            await redis.TryPublishAsync(redis.Keys.AnswersTo(from), string.Join('\n', roster.Self, number, text));
        }
        finally
        {
            Interlocked.Decrement(ref _answering);
        }
    }

    private void NotAnswered(Exception bug, string from)
    {
        if (_unanswered.Allows("answer", out _))
            Unanswered(logger, bug, from);
    }

    private void HearAnswer(RedisValue message)
    {
        if (Read(message) is not var (from, number, text))
            redis.Unreadable.Skip(RedisStore.Drains);
        else if (_open.TryGetValue(number, out var question) && !question.Take(from, text))
            redis.Unreadable.Skip(RedisStore.Drains);
    }

    /// <summary>Who sent it, the number of the question, and what it says.</summary>
    private static (string From, string Number, string Text)? Read(RedisValue message) =>
        RedisInput.TryText(message, MaxMessageBytes, out var text) && text.Split('\n', 3) is [var from, var number, var said]
        && ReplicaRoster.IsName(from) && number.Length is > 0 and <= 20 && number.All(char.IsAsciiDigit)
            ? (from, number, said)
            : null;

    [LoggerMessage(2110, LogLevel.Error, "A question of replica {Replica} could not be answered; it counts this one as pending")]
    private static partial void Unanswered(ILogger logger, Exception bug, string replica);

    private sealed class Question
    {
        private TaskCompletionSource _progress = NewProgress();

        public ConcurrentDictionary<string, string> Answers { get; } = new(StringComparer.Ordinal);

        /// <summary>Take it, then look at <see cref="Answers"/>, then wait.</summary>
        public Task NextAnswer() => Volatile.Read(ref _progress).Task;

        /// <summary>False: there are more answers than there can be replicas.</summary>
        public bool Take(string from, string text)
        {
            if (Answers.Count >= ReplicaRoster.MaxReplicas && !Answers.ContainsKey(from))
                return false;
            Answers[from] = text;
            Interlocked.Exchange(ref _progress, NewProgress()).TrySetResult();
            return true;
        }

        private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>
/// The answer of each replica; null where it gave none in time. <paramref name="Unknown"/>: why there may be replicas that these do not include; null:
/// these are all.
/// </summary>
public sealed record ReplicaAnswers(ImmutableDictionary<string, string?> All, string? Unknown)
{
    /// <summary>Redis did not answer: nothing is known of any replica.</summary>
    public static readonly ReplicaAnswers NoRedis = new(ImmutableDictionary<string, string?>.Empty, "Redis is unavailable");
}
