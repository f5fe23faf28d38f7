using Gateway.Core.Redis;
using Gateway.Core.Registry;
using Gateway.Core.Subscriptions;

namespace Gateway.Api.Endpoints;

/// <summary>
/// <c>drain=wait</c>: waits until every stream of every replica that includes the service has been sent a state in which the instance is not
/// UP, whatever made it so. Where replicas cannot know each other, it cannot tell. Keeps no state.
/// </summary>
internal sealed class DrainWait(
    RegistryState state, SubscriptionHub hub, SubscriptionOptions options, TimeProvider time, ReplicaQuestions? replicas = null)
{
    // The others' answers are on their way for so long after their own deadline.
    private static readonly TimeSpan AnswersTravel = TimeSpan.FromMilliseconds(500);

    /// <summary>Null: other replicas may exist unseen.</summary>
    public async Task<DrainReport?> RunAsync(Instance instance, TimeSpan limit, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var question = new DrainQuestion(
            instance.Id, instance.Service.Namespace, instance.Service.Name, state.Current.Revision.Shared.ToString(), limit);
        if (options.SingleReplica == true)
            return Report([await WaitHereAsync(question, cancellation)]);
        if (replicas is null || await replicas.AskAsync(question.ToString(), limit + AnswersTravel, cancellation) is not { } answers)
            return null;
        return Report([.. answers.Values.Select(DrainProgress.Parse)]);

        DrainReport Report(IReadOnlyCollection<DrainProgress?> all) => new(
            all.All(static one => one is { Complete: true }), all.Count, all.Sum(static one => one?.Subscribers ?? 0),
            all.Sum(static one => one?.Pending ?? 0), (long)time.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>What this replica answers to another's question; null: it is none.</summary>
    public async Task<string?> AnswerAsync(string text) =>
        DrainQuestion.Parse(text) is { } question ? (await WaitHereAsync(question, CancellationToken.None)).ToString() : null;

    private async Task<DrainProgress> WaitHereAsync(DrainQuestion question, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var service = new ServiceKey(question.Namespace, question.Service);
        var left = () => question.Limit - time.GetElapsedTime(started) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero;
        var asked = Revision.TryParse(question.Revision, out var revision) && !revision.IsCut ? revision : null;
        var drained = await state.WaitAsync(
            snapshot => (asked is null || snapshot.Revision.Covers(asked)) && !IsUp(snapshot, question.Id), left(), cancellation);
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
                await progress.WaitAsync(left(), time, cancellation);
            }
            catch (TimeoutException)
            {
                // The next count is the answer.
            }
        }
    }

    private static bool IsUp(RegistrySnapshot snapshot, string id) => snapshot.FindInstance(id)?.Instance.Status == InstanceStatus.Up;
}
