using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>One kind in one scope, compared with the API server.</summary>
internal interface ICacheComparison
{
    Task<ComparisonEnd> RunAsync(CancellationToken cancellationToken);
}

/// <summary>How a comparison ended; with a failure, the API server refused or did not answer.</summary>
internal readonly record struct ComparisonEnd(ComparisonOutcome Outcome, KubernetesApiException? Failure = null);

internal enum ComparisonOutcome
{
    /// <summary>Nothing differs.</summary>
    Same,

    /// <summary>Objects differed; the reflector was asked to list.</summary>
    Repaired,

    /// <summary>410: the pages expired before the last one.</summary>
    Expired,

    /// <summary>The list or the watch is from an API server that is behind, or etcd was restored: nothing can be said.</summary>
    Behind,

    /// <summary>The API server refused, did not answer, or its answer could not be read.</summary>
    Failed,

    /// <summary>The kind is not watched at present, which is known.</summary>
    Skipped,
}

/// <summary>
/// Compares a store with a list from etcd, a page of names and versions at a time. What differs is only suspected: the watch may be behind the list
/// or ahead of it. It counts when the store has reached the version at which the object differs, a read of the object alone says the same, and the
/// store still differs. Never writes the store: its reflector is asked to list. The watchdog's loop is the only user.
/// </summary>
internal sealed class CacheComparison<T>(InformerContext<T> context, WatchdogPace pace) : ICacheComparison
    where T : class, IKubernetesObject
{
    // Each is read by itself, one a second; the list that repairs one repairs all.
    private const int MostReads = 50;

    // A page's worth: after so many the rest of the list says nothing new.
    private const int MostSuspects = 500;
    private const int MostLines = 20;

    public async Task<ComparisonEnd> RunAsync(CancellationToken cancellationToken)
    {
        var end = await TryCompareAsync(cancellationToken);
        var outcome = NameOf(end.Outcome);
        context.Metrics.CacheComparisons.Add(1, context.Resource, new KeyValuePair<string, object?>("outcome", outcome));
        InformersLog.CacheCompared(context.Logger, context.Store.Count, context.Type.Plural, context.Scope.Shown, outcome, end.Failure?.Message);
        return end;
    }

    private async Task<ComparisonEnd> TryCompareAsync(CancellationToken cancellationToken)
    {
        if (!CanJudge(context.Store.History))
            return new(ComparisonOutcome.Skipped);
        try
        {
            return new(await CompareAsync(cancellationToken));
        }
        catch (KubernetesApiException failure) when (failure.IsGone)
        {
            return new(ComparisonOutcome.Expired);
        }
        catch (KubernetesApiException failure)
        {
            return new(ComparisonOutcome.Failed, failure);
        }
    }

    private async Task<ComparisonOutcome> CompareAsync(CancellationToken cancellationToken)
    {
        var history = context.Store.History;
        ObjectKey[] cached = [.. context.Store.All.Select(static held => held.Metadata.Key)];
        Array.Sort(cached, KeyOrder.Instance);
        var compared = 0;
        List<Suspect> suspects = [];
        var request = new ListRequest { Namespace = context.Scope.Namespace, LabelSelector = context.Scope.LabelSelector, Limit = context.Options.PageSize };
        while (true)
        {
            await pace.WaitAsync(cancellationToken);
            var seen = context.Store.Version;
            var page = await context.Api.ListAsync(context.Type.Listed, request, cancellationToken);
            // Every page has the version of the first.
            if (request.Continue.Length == 0 && page.Version < seen)
                return ComparisonOutcome.Behind;
            compared = Collect(page, cached, compared, suspects);
            if (page.Continue.Length == 0 || suspects.Count >= MostSuspects)
                return suspects.Count == 0 ? ComparisonOutcome.Same : await JudgeAsync(suspects, page.Version, history, cancellationToken);
            request = request with { Continue = page.Continue };
        }
    }

    /// <summary>Adds what differs between the page and the cached objects from <paramref name="from"/> up to the page's last; where the next page begins.</summary>
    private int Collect(KubernetesList<ListedObject> page, ObjectKey[] cached, int from, List<Suspect> suspects)
    {
        HashSet<ObjectKey> listed = [];
        foreach (var item in page.Items)
        {
            var suspect = new Suspect(item.Metadata.Key, item.Metadata, page.Version);
            listed.Add(suspect.Key);
            if (DifferenceOf(suspect) is not null)
                suspects.Add(suspect);
        }

        var isLast = page.Continue.Length == 0;
        while (from < cached.Length && (isLast || (page.Items is [.., var last] && KeyOrder.Instance.Compare(cached[from], last.Metadata.Key) <= 0)))
        {
            var suspect = new Suspect(cached[from++], null, page.Version);
            if (!listed.Contains(suspect.Key) && DifferenceOf(suspect) is not null)
                suspects.Add(suspect);
        }

        return from;
    }

    private async Task<ComparisonOutcome> JudgeAsync(List<Suspect> suspects, ulong version, uint history, CancellationToken cancellationToken)
    {
        // A watch sends its events in order: at the version of an object, or above, its event must have come.
        if (!await HasReachedAsync(suspects.Max(static suspect => suspect.Listed?.Version) ?? 0, cancellationToken))
            return ComparisonOutcome.Behind;
        var suspected = suspects.Count;
        suspects.RemoveAll(suspect => DifferenceOf(suspect) is null);
        var read = await ReadAsync(suspects, version, cancellationToken);
        if (!await HasReachedAsync(read.Max(static suspect => (ulong?)suspect.Reached) ?? 0, cancellationToken) || !CanJudge(history))
            return ComparisonOutcome.Behind;

        var found = 0;
        foreach (var suspect in read)
        {
            if (DifferenceOf(suspect) is not { } difference)
                continue;
            if (++found <= MostLines)
                InformersLog.CacheDiffers(context.Logger, context.Type.Plural, suspect.Key, difference);
        }

        if (found == 0)
            return ComparisonOutcome.Same;
        context.Metrics.CacheDifferences.Add(found, context.Resource);
        InformersLog.CacheRepaired(context.Logger, found, context.Type.Plural, context.Scope.Shown, suspected);
        context.Repair.Set();
        return ComparisonOutcome.Repaired;
    }

    /// <summary>Reads each suspect by itself; those of which the read says what the list said.</summary>
    private async Task<List<Suspect>> ReadAsync(List<Suspect> suspects, ulong version, CancellationToken cancellationToken)
    {
        List<Suspect> confirmed = [];
        foreach (var suspect in suspects.Take(MostReads))
        {
            await pace.WaitAsync(cancellationToken);
            // A list of one, since a GET knows no selector and names no version of the kind. The whole object: one that cannot be decoded is
            // not in the store either.
            var request = new ListRequest
            {
                Namespace = suspect.Key.Namespace,
                LabelSelector = context.Scope.LabelSelector,
                FieldSelector = $"metadata.name={suspect.Key.Name}",
                // When an object was deleted is not known. The watch cache lacks it at a version of this kind, which an idle watch reaches; etcd's
                // version is that of all kinds.
                ResourceVersion = suspect.Listed is null ? "0" : "",
            };
            var list = await context.Api.ListAsync(context.Type, request, cancellationToken);
            if (!list.Unreadable.IsEmpty)
                continue;
            var live = list.Items.FirstOrDefault(item => item.Metadata.Key == suspect.Key)?.Metadata;
            if (suspect.Listed is null && live is null)
                confirmed.Add(suspect with { ListVersion = list.Version });
            // Unchanged until after the store was compared with it. A change since then comes by the watch, and repairs it as well.
            else if (live is not null && live.Version == suspect.Listed?.Version && live.Uid == suspect.Listed.Uid && list.Version >= version)
                confirmed.Add(suspect);
        }

        return confirmed;
    }

    private string? DifferenceOf(Suspect suspect)
    {
        var held = context.Store.Find(suspect.Key)?.Metadata;
        if (held is null)
            return suspect.Listed is { } missing ? $"is missing in the cache, the API server has version {missing.Version}" : null;
        if (held.Version > suspect.ListVersion)
            return null;
        if (suspect.Listed is not { } listed)
            return $"is cached with version {held.Version}, the API server does not have it";
        if (held.Uid != listed.Uid)
            return $"is cached as another object, version {held.Version}, the API server has version {listed.Version}";
        return held.Version < listed.Version ? $"is cached with version {held.Version}, the API server has version {listed.Version}" : null;
    }

    private bool CanJudge(uint history) =>
        context.Informer is { HasSynced: true, IsLost: false, IsRefused: false } && !context.Epoch.IsBehind && context.Store.History == history;

    /// <summary>False: the store has not reached the version in time.</summary>
    private async Task<bool> HasReachedAsync(ulong version, CancellationToken cancellationToken)
    {
        var began = context.Time.GetTimestamp();
        while (context.Store.Version < version)
        {
            if (context.Time.GetElapsedTime(began) >= context.Options.WatchdogPatience)
                return false;
            await Task.Delay(context.Options.WatchdogPause, context.Time, cancellationToken);
        }

        return true;
    }

    private static string NameOf(ComparisonOutcome outcome) => outcome switch
    {
        ComparisonOutcome.Same => "same",
        ComparisonOutcome.Repaired => "repaired",
        ComparisonOutcome.Expired => "expired",
        ComparisonOutcome.Behind => "behind",
        ComparisonOutcome.Failed => "failed",
        _ => "skipped",
    };

    /// <summary>An object that may differ: what a list of that version says of it (null: it is not there).</summary>
    private readonly record struct Suspect(ObjectKey Key, ObjectMeta? Listed, ulong ListVersion)
    {
        /// <summary>A store that has reached this version must have the object like that.</summary>
        public ulong Reached => Listed?.Version ?? ListVersion;
    }
}
