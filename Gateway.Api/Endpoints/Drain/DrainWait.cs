using System.Globalization;
using Gateway.Api.Requests;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Redis;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Endpoints.Drain;

/// <summary>
/// <c>drain=wait</c>: waits until every stream of every replica that includes the service has been sent a state in which the instance is not
/// UP, for any reason. Where replicas may exist that cannot be asked, waits for those that can and says that the rest is unknown. Stateless.
/// </summary>
internal sealed class DrainWait(
    RegistryState state, SubscriptionHub hub, SubscriptionOptions options, TimeProvider time, ReplicaQuestions? replicas = null)
{
    // Time for the other replicas' answers to arrive after their own deadline, but never more than a quarter of the limit.
    private static readonly TimeSpan AnswersTravel = TimeSpan.FromMilliseconds(500);

    private const string NoRedis =
        "Other replicas may exist, whose subscribers this one cannot ask about: there is no Redis. Set Subscriptions__SingleReplica=true where this is the only one.";

    /// <summary>Ends by <paramref name="limit"/>, whatever the other replicas and Redis do.</summary>
    public async Task<DrainReport> RunAsync(Instance instance, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var question = new DrainQuestion(
            instance.Id, instance.Service.Namespace, instance.Service.Name, state.Current.Revision.Shared.ToString(), limit);
        if (options.SingleReplica == true)
            return Report([await WaitHereAsync(question, cancellationToken)], null);
        if (replicas is null)
            return Report([await WaitHereAsync(question, cancellationToken)], NoRedis);
        var travel = AnswersTravel < limit / 4 ? AnswersTravel : limit / 4;
        var answers = await replicas.AskAsync((question with { Limit = limit - travel }).ToString(), limit, cancellationToken);
        if (!answers.All.IsEmpty)
            return Report([.. answers.All.Values.Select(DrainProgress.Parse)], answers.Unknown);
        var left = limit - time.GetElapsedTime(started);
        return Report([await WaitHereAsync(question with { Limit = left > TimeSpan.Zero ? left : TimeSpan.Zero }, cancellationToken)], answers.Unknown);

        // A subscriber that was not sent it makes a drain incomplete, whatever others did.
        DrainReport Report(IReadOnlyCollection<DrainProgress?> all, string? reason)
        {
            var isComplete = all.All(static one => one is { Complete: true });
            return new(
                isComplete && reason is not null ? null : isComplete, all.Count, all.Sum(static one => one?.Subscribers ?? 0),
                all.Sum(static one => one?.Pending ?? 0), (long)time.GetElapsedTime(started).TotalMilliseconds, reason);
        }
    }

    /// <summary>Answers another replica's question; null: the text is not a valid question.</summary>
    public async Task<string?> AnswerAsync(string text) =>
        DrainQuestion.Parse(text) is { } question ? (await WaitHereAsync(question, CancellationToken.None)).ToString() : null;

    private async Task<DrainProgress> WaitHereAsync(DrainQuestion question, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var service = new ServiceKey(question.Namespace, question.Service);
        var left = () => question.Limit - time.GetElapsedTime(started) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;
        var asked = Revision.TryParse(question.Revision, out var revision) && !revision.IsCut ? revision : null;
        var drained = await state.WaitAsync(
            snapshot => (asked is null || snapshot.Revision.Covers(asked)) && !IsUp(snapshot, question.Id), left(), cancellationToken);
        if (drained is null)
        {
            var (all, _) = hub.CountBehind(service, ulong.MaxValue);
            return new DrainProgress(false, all, all);
        }
        var sequence = drained.Find(service).Sequence;
        while (true)
        {
            var progress = hub.NextProgress();
            var (streams, behind) = hub.CountBehind(service, sequence);
            if (behind == 0 || left() == TimeSpan.Zero)
                return new DrainProgress(behind == 0, streams, behind);
            try
            {
                await progress.WaitAsync(left(), time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // The next count is the final answer.
            }
        }
    }

    private static bool IsUp(RegistrySnapshot snapshot, string id) => snapshot.FindInstance(id)?.Instance.Status == InstanceStatus.Up;
}

/// <summary>
/// The result of a drain: whether every subscriber of every replica was sent that the instance is not UP, and how many were not by the
/// deadline. <paramref name="Complete"/> is null where all that could be asked were and others may exist, which <paramref name="Reason"/> then says.
/// </summary>
internal sealed record DrainReport(bool? Complete, int Replicas, int Subscribers, int Pending, long Milliseconds, string? Reason);

/// <summary>The result at one replica: its streams that include the service, and how many of them were not sent the change.</summary>
internal sealed record DrainProgress(bool Complete, int Subscribers, int Pending)
{
    // More streams than a replica can have; the sum over all replicas does not overflow.
    private const int MostStreams = 1_000_000;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Complete ? 1 : 0)} {Subscribers} {Pending}");

    /// <summary>Null: not a valid answer.</summary>
    public static DrainProgress? Parse(string? text) =>
        text?.Split(' ', 4) is [var complete and ("0" or "1"), var subscribers, var pending]
        && TryCount(subscribers, out var all) && TryCount(pending, out var behind)
            ? new DrainProgress(complete == "1", all, behind)
            : null;

    private static bool TryCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count <= MostStreams;
}

/// <summary>
/// The question of one replica to every other: which subscribers were sent that this instance is not UP? <paramref name="Revision"/>: the asking
/// replica's revision; a replica that is behind may not know the instance yet.
/// </summary>
internal sealed record DrainQuestion(string Id, string Namespace, string Service, string Revision, TimeSpan Limit)
{
    // A caller may wait at most a minute.
    private const long MostMilliseconds = 120_000;

    public override string ToString() =>
        string.Join(' ', Id, Namespace, Service, Revision, ((long)Limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>Null: not a valid question of this version.</summary>
    public static DrainQuestion? Parse(string text) =>
        text.Split(' ', 6) is [var id, var ns, var service, var revision, var limit]
        && IsId(id) && ObjectNames.IsLabel(ns) && RegistrationRules.IsName(service) && revision.Length <= Core.Registry.Revisions.Revision.MaxLength
        && long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= MostMilliseconds
            ? new DrainQuestion(id, ns, service, revision, TimeSpan.FromMilliseconds(milliseconds))
            : null;

    private static bool IsId(string text) => text.Length == 32 && text.All(char.IsAsciiHexDigitLower);
}
