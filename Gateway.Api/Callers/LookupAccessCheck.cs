using Gateway.Core.Identity;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Results;

namespace Gateway.Api.Callers;

/// <summary>
/// May this caller look up services of a namespace (contract, section 4)? Open by default; with <c>Access:Lookup=Rbac</c> only with a token
/// whose user may <c>get</c> <c>endpointslices</c> there. And is the namespace watched? What is not watched is refused, after the right to read, because
/// an empty list would say that there is nothing. Stateless: the reviewers cache the answers.
/// </summary>
internal sealed class LookupAccessCheck(
    AccessOptions options, CallerResolver callers, AccessReviewer reviewer, IClusterView cluster, RegistryState state, ListReviewLimit lists, TimeProvider time)
{
    /// <summary>Namespaces that one stream may name where each of them costs a review.</summary>
    public const int MaxNamespaces = 50;

    /// <summary>Reviews of one list at the same time.</summary>
    private const int ReviewsAtOnce = 8;

    // A list that takes longer is answered 503; what was answered by then is cached, so a retry gets further.
    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(10);

    public bool IsOpen => options.Lookup == LookupAccess.Open;

    /// <summary>How long an answer is valid: streams check again after it.</summary>
    public TimeSpan Period => options.AllowedFor < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : options.AllowedFor;

    /// <summary>Everyone may read this namespace, and it is watched.</summary>
    public bool IsOpenIn(string ns) => IsOpen && cluster.WatchesNamespace(ns);

    /// <summary>Null: the namespace is watched.</summary>
    public Refusal? NotWatched(string ns) => cluster.WatchesNamespace(ns)
        ? null
        : new Refusal(RefusalCodes.NotWatched, $"The namespace {ns} is not watched by this gateway (Kubernetes:Namespaces).");

    /// <summary>Null: allowed.</summary>
    public ValueTask<Refusal?> CheckAsync(HttpContext context, string ns) =>
        IsOpen ? new(NotWatched(ns)) : CheckAsync(CallerEvidenceReader.Read(context), [ns], context.RequestAborted);

    /// <summary>Null: allowed in all of these namespaces.</summary>
    public async ValueTask<Refusal?> CheckAsync(
        CallerEvidence evidence, IReadOnlyCollection<string> namespaces, CancellationToken cancellationToken, ReviewLane lane = ReviewLane.Calls) =>
        (IsOpen ? null : await ForbiddenAsync(evidence, namespaces, lane, cancellationToken))
            ?? namespaces.Select(NotWatched).FirstOrDefault(static refusal => refusal is not null);

    /// <summary>
    /// For answers that show more to who may read the namespace, and that do not ask whether it is watched. True: the caller may; false: it may not, and
    /// lookups are open. A token that is refused is a refusal, as everywhere.
    /// </summary>
    public async ValueTask<Result<bool>> MayReadAsync(HttpContext context, string ns)
    {
        var evidence = CallerEvidenceReader.Read(context);
        if (!IsOpen)
            return await ForbiddenAsync(evidence, [ns], ReviewLane.Calls, context.RequestAborted) is { } forbidden ? forbidden : true;
        var identified = await callers.IdentifyAsync(evidence, context.RequestAborted);
        if (identified.IsRefused(out var refusal))
            return evidence.Authorization.IsEmpty ? false : refusal;
        if (identified.Value is AnonymousCaller { MayActForAnyPod: true })
            return true;
        var user = (identified.Value as UserCaller)?.User ?? (identified.Value as PodCaller)?.User;
        if (user is null)
            return false;
        var verdict = await reviewer.MayLookUpAsync(user, ns, context.RequestAborted);
        return !verdict.IsRefused(out _) && verdict.Value;
    }

    private async ValueTask<Refusal?> ForbiddenAsync(
        CallerEvidence evidence, IReadOnlyCollection<string> namespaces, ReviewLane lane, CancellationToken cancellationToken)
    {
        var identified = await UserAsync(evidence, lane, cancellationToken);
        if (identified.IsRefused(out var refusal))
            return refusal;
        // One after another, up to the first denial. Once one was not answered, the others are asked together: a 403 is never hidden by another's 503.
        var (user, rest) = (identified.Value, new Queue<string>(namespaces));
        Refusal? trouble = null;
        while (trouble is null && rest.TryDequeue(out var ns))
        {
            var verdict = await VerdictAsync(user, ns, lane, cancellationToken);
            if (!verdict.IsRefused(out trouble) && !verdict.Value)
                return Denied(user, ns);
        }

        if (trouble is null)
            return null;
        var denied = (await AskAsync(user, rest, lane, cancellationToken)).FirstOrDefault(static one => !one.Verdict.IsRefused(out _) && !one.Verdict.Value);
        return denied.Namespace is null ? trouble : Denied(user, denied.Namespace);
    }

    /// <summary>The namespaces, of those given, that the caller may read: asked once for the whole cluster, then one by one.</summary>
    public async Task<Result<HashSet<string>>> ReadableAsync(HttpContext context, IEnumerable<string> namespaces)
    {
        var identified = await UserAsync(CallerEvidenceReader.Read(context), ReviewLane.Calls, context.RequestAborted);
        if (identified.IsRefused(out var refusal))
            return refusal;
        var everywhere = await reviewer.MayLookUpAsync(identified.Value, "", context.RequestAborted);
        if (everywhere.IsRefused(out refusal))
            return refusal;
        var readable = new HashSet<string>(StringComparer.Ordinal);
        if (everywhere.Value)
        {
            readable.UnionWith(namespaces);
            return readable;
        }

        List<string> unknown = [];
        foreach (var ns in namespaces)
        {
            if (Presence(ns) is { } judged)
            {
                if (judged.IsRefused(out refusal))
                    return refusal;
            }
            else if (reviewer.KnownToLookUp(identified.Value, ns) is not { } may)
                unknown.Add(ns);
            else if (may)
                readable.Add(ns);
        }
        return unknown.Count > 0 && await AddAsync(readable, identified.Value, unknown, context.RequestAborted) is { } trouble ? trouble : readable;
    }

    /// <summary>Asks about each namespace, a few at once; null when all were answered. What could not be asked is never left out silently.</summary>
    private async Task<Refusal?> AddAsync(HashSet<string> readable, KubernetesUser user, List<string> namespaces, CancellationToken cancellationToken)
    {
        var gate = new Lock();
        Refusal? trouble = null;
        using var limit = new CancellationTokenSource(ListLimit, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await Parallel.ForEachAsync(
                namespaces,
                new ParallelOptions { MaxDegreeOfParallelism = ReviewsAtOnce, CancellationToken = ending.Token },
                async (ns, stopping) =>
                {
                    if (Volatile.Read(ref trouble) is not null)
                        return;
                    Result<bool> verdict = lists.TryTake(user) ? await reviewer.MayLookUpAsync(user, ns, stopping) : TooMany();
                    lock (gate)
                    {
                        if (verdict.IsRefused(out var refusal))
                            trouble ??= refusal;
                        else if (verdict.Value)
                            readable.Add(ns);
                    }
                });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TooMany();
        }
        return trouble;
    }

    private static Refusal TooMany() =>
        new(RefusalCodes.Overloaded, "This list needs more reviews of the caller's rights than may be asked at once. Name a namespace, or get the right for the whole cluster.")
        {
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    private async ValueTask<Result<bool>> VerdictAsync(KubernetesUser user, string ns, ReviewLane lane, CancellationToken cancellationToken) =>
        Presence(ns) ?? await reviewer.MayLookUpAsync(user, ns, cancellationToken, lane);

    /// <summary>
    /// What the cache alone says of the right in a namespace; null: a review is needed. A namespace that the cluster does not have is denied; one that
    /// the registry knows and the cache does not is too young.
    /// </summary>
    private Result<bool>? Presence(string ns) => cluster.PresenceOf(ns) switch
    {
        NamespacePresence.Absent when !IsInRegistry(ns) => false,
        NamespacePresence.Absent or NamespacePresence.NotCaughtUp => NotCaughtUp(),
        _ => null,
    };

    private bool IsInRegistry(string ns) => !ServiceCatalog.List(state.Current, new CatalogQuery { Namespace = ns, Limit = 1 }).Items.IsEmpty;

    private static Refusal NotCaughtUp() => new(RefusalCodes.NotSynced, "This replica does not know yet which namespaces the cluster has.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    private static Refusal Denied(KubernetesUser user, string ns) =>
        new(RefusalCodes.Forbidden, $"{user.Username} may not get endpointslices in namespace {ns}.");

    /// <summary>All at once: the reviews' own gate lets a bounded number through.</summary>
    private Task<(string Namespace, Result<bool> Verdict)[]> AskAsync(
        KubernetesUser user, IEnumerable<string> namespaces, ReviewLane lane, CancellationToken cancellationToken) =>
        Task.WhenAll(namespaces.Select(async ns => (ns, await VerdictAsync(user, ns, lane, cancellationToken))));

    /// <summary>Rights belong to users, so an address alone is not enough here.</summary>
    private async Task<Result<KubernetesUser>> UserAsync(CallerEvidence evidence, ReviewLane lane, CancellationToken cancellationToken)
    {
        var identified = await callers.IdentifyAsync(evidence, cancellationToken, lane);
        if (identified.IsRefused(out var refusal))
            return refusal;
        return identified.Value switch
        {
            UserCaller user => user.User,
            PodCaller { User: { } user } => user,
            _ => new Refusal(RefusalCodes.Unauthenticated, "Lookups require a token: Authorization: Bearer."),
        };
    }
}
