using Gateway.Core.Identity;
using Gateway.Core.Results;

namespace Gateway.Api.Callers;

/// <summary>
/// May this caller look up services of a namespace (contract, section 4)? Open by default; with <c>Access:Lookup=Rbac</c> only with a token
/// whose user may <c>get</c> <c>endpointslices</c> there. And is the namespace watched? What is not watched is refused, after the right to read, because
/// an empty list would say that there is nothing. Stateless: the reviewers cache the answers.
/// </summary>
internal sealed class LookupAccessCheck(AccessOptions options, CallerResolver callers, AccessReviewer reviewer, IClusterView cluster)
{
    /// <summary>Namespaces that one stream may name where each of them costs a review.</summary>
    public const int MaxNamespaces = 50;

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
            var verdict = await reviewer.MayLookUpAsync(user, ns, cancellationToken, lane);
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

        foreach (var (ns, verdict) in await AskAsync(identified.Value, namespaces, ReviewLane.Calls, context.RequestAborted))
        {
            if (verdict.IsRefused(out refusal))
                return refusal;
            if (verdict.Value)
                readable.Add(ns);
        }
        return readable;
    }

    private static Refusal Denied(KubernetesUser user, string ns) =>
        new(RefusalCodes.Forbidden, $"{user.Username} may not get endpointslices in namespace {ns}.");

    /// <summary>All at once: the reviews' own gate lets a bounded number through.</summary>
    private Task<(string Namespace, Result<bool> Verdict)[]> AskAsync(
        KubernetesUser user, IEnumerable<string> namespaces, ReviewLane lane, CancellationToken cancellationToken) =>
        Task.WhenAll(namespaces.Select(async ns => (ns, await reviewer.MayLookUpAsync(user, ns, cancellationToken, lane))));

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
