using Gateway.Api.Callers;
using Gateway.Api.Facades.Consul.Filter;
using Gateway.Api.Requests;
using Gateway.Core.Identity;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// What every read does: its query, who calls, the wait of a blocking query, the headers. The index is taken before the view that is answered from, so the
/// answer is never older than its index. Keeps queries that it has read, which most clients repeat.
/// </summary>
internal sealed class ConsulReads(
    FacadeGate gate, FacadeReader reader, RegistryState state, IndexWaiter waiter, NamespaceChanges changes, TimeProvider time, StreamLimit limit,
    IHostApplicationLifetime lifetime)
{
    private readonly KnownQueries<ConsulQuery> _known = new();

    /// <summary>Whether the query was read before, has no fault and does not block.</summary>
    public bool IsKnown(string? query) => string.IsNullOrEmpty(query) || _known.TryGet(query, out _);

    /// <summary>A read of one service.</summary>
    public Task OfServiceAsync(HttpContext context, string service, Func<ConsulRead, byte[]> make) =>
        RunAsync(context, ns => new ServiceChanges(state, new ServiceKey(ns, service)), make);

    /// <summary>A read that any change of the namespace may change.</summary>
    public Task OfNamespaceAsync(HttpContext context, Func<ConsulRead, byte[]> make) =>
        RunAsync(context, ns => new AnyServiceChanges(state, changes, time, ns), make);

    /// <param name="context">The call.</param>
    /// <param name="sourceOf">Of what the index is, in the namespace that is read.</param>
    /// <param name="make">The answer; it may throw <see cref="FilterFault"/>.</param>
    public async Task RunAsync(HttpContext context, Func<string, IChangeSource> sourceOf, Func<ConsulRead, byte[]> make)
    {
        if (await IdentifyAsync(context) is not var (query, call))
            return;
        var source = sourceOf(call.Namespace);
        var answered = waiter.Read(source);
        if (query.Index > 0 && !HttpMethods.IsHead(context.Request.Method))
        {
            // Refused now rather than at the end of the wait.
            if (TryMake(new ConsulRead(query, call, reader.View(call), answered), make, out var early) is null)
            {
                await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, early);
                return;
            }

            var surplus = limit.EnterWait(KeyOf(call.Caller), out var place);
            using var taken = place;
            if (surplus is not null)
            {
                await ConsulAnswer.RefuseAsync(context, surplus);
                return;
            }

            answered = await WaitAsync(context, source, query);

            // The right, or the token, may have ended meanwhile.
            var late = await gate.EnterReadAsync(context, ConsulQuery.TokenOf(context.Request, query), query.Namespace);
            if (late.IsRefused(out var refusal))
            {
                await ConsulAnswer.RefuseAsync(context, refusal);
                return;
            }
        }

        var read = new ConsulRead(query, call, reader.View(call), answered);
        if (TryMake(read, make, out var fault) is not { } body)
        {
            await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, fault);
            return;
        }

        ConsulAnswer.WriteHeaders(context.Response, answered.Index.Number, read.View.Snapshot.IsStale);
        await ConsulAnswer.WriteAsync(context, body, query.IsPretty);
    }

    /// <summary>
    /// A blocking query for what never changes: held to the end of its wait, since clients that are answered at once ask again at once. Null: it was refused,
    /// and answered; else the index that the client has, or 0.
    /// </summary>
    public async Task<ulong?> HoldAsync(HttpContext context)
    {
        if (ConsulQuery.Read(context.Request, out var fault) is not { } query)
        {
            await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, fault);
            return null;
        }

        if (query.Index is 0 or > ChangeIndex.MaxNumber || !HttpMethods.IsGet(context.Request.Method))
            return 0;
        var caller = await limit.CallerOfAsync(CallerEvidenceReader.Read(context), context.RequestAborted);
        var surplus = limit.EnterWait(caller, out var place);
        using var taken = place;
        if (surplus is not null)
        {
            await ConsulAnswer.RefuseAsync(context, surplus);
            return null;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await Task.Delay(Jittered(query.Wait), time, ending.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // A stopping replica answers.
        }

        return query.Index;
    }

    /// <summary>A read of the calling agent itself, without a wait; null: refused, and answered.</summary>
    public async Task<ConsulRead?> EnterAsync(HttpContext context)
    {
        if (await IdentifyAsync(context) is not var (query, call))
            return null;
        var answered = waiter.Read(new AnyServiceChanges(state, changes, time, call.Namespace));
        return new ConsulRead(query, call, reader.View(call), answered);
    }

    private async ValueTask<(ConsulQuery Query, FacadeCall Call)?> IdentifyAsync(HttpContext context)
    {
        var text = context.Request.QueryString.Value;
        if (!_known.TryGet(text ?? "", out var query))
        {
            if (ConsulQuery.Read(context.Request, out var fault) is not { } read)
            {
                await ConsulAnswer.TextAsync(context, StatusCodes.Status400BadRequest, fault);
                return null;
            }

            query = read;

            // An index is another each time, and a token is nothing to keep.
            if (query is { Index: 0, HasToken: false })
                _known.Keep(text, query);
        }

        var entered = await gate.EnterReadAsync(context, ConsulQuery.TokenOf(context.Request, query), query.Namespace);
        if (!entered.IsRefused(out var refusal))
            return (query, entered.Value);
        await ConsulAnswer.RefuseAsync(context, refusal);
        return null;
    }

    private async Task<IndexedState> WaitAsync(HttpContext context, IChangeSource source, ConsulQuery query)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            return await waiter.WaitAsync(source, query.Index, Jittered(query.Wait), ending.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // A stopping replica answers what it has; its index names no more than that.
            return waiter.Read(source);
        }
    }

    // As Consul does: clients that began to wait together do not come back together.
    private static TimeSpan Jittered(TimeSpan wait) => wait + TimeSpan.FromTicks(Random.Shared.NextInt64((wait.Ticks / 16) + 1));

    /// <summary>Null: its filter is refused, with the text of the 400.</summary>
    public static byte[]? TryMake(ConsulRead read, Func<ConsulRead, byte[]> make, out string fault)
    {
        fault = "";
        try
        {
            return make(read);
        }
        catch (FilterFault e)
        {
            fault = $"Failed to create boolean expression evaluator: {e.Message}";
            return null;
        }
    }

    private static string? KeyOf(CallerIdentity caller) => caller is AnonymousCaller ? CallerAddress.KeyOf(caller.RemoteAddress) : caller.FairnessKey;
}

/// <summary>One read: what is asked, who asks, and what there is.</summary>
internal sealed record ConsulRead(ConsulQuery Query, FacadeCall Call, FacadeView View, IndexedState State)
{
    /// <summary>The entries of a service; empty where there is none, or where another data centre is asked for.</summary>
    public IEnumerable<ConsulEntry> EntriesOf(string name) =>
        Query.IsElsewhere || View.Find(name) is not { } service ? [] : EntriesOf(service);

    public IEnumerable<ConsulEntry> EntriesOf(ServiceSnapshot service)
    {
        foreach (var instance in View.InstancesOf(service))
            yield return ConsulEntry.Of(instance);
    }

    /// <summary>The entries of all services, by name.</summary>
    public IEnumerable<ConsulEntry> All => Query.IsElsewhere ? [] : View.Services.SelectMany(EntriesOf);

    /// <summary>What the query leaves of a service's entries, nearest first where it names a place.</summary>
    public IEnumerable<ConsulEntry> Chosen(IEnumerable<ConsulEntry> entries, FilterSchema<ConsulEntry> schema)
    {
        var fits = Query.Filter.Length == 0 ? null : FilterParser<ConsulEntry>.Read(Query.Filter, schema);
        var chosen = entries.Where(entry =>
            Query.Tags.All(tag => entry.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase))
            && Query.NodeMeta.All(entry.Node.Has)
            && fits?.Invoke(entry) != false);
        return Query.Near.Length == 0 ? chosen : Nearest(chosen);
    }

    /// <summary>By Kubernetes node, then zone, of the caller (<c>_agent</c>, <c>_ip</c>) or of the pod that is named; ties keep their order.</summary>
    private IEnumerable<ConsulEntry> Nearest(IEnumerable<ConsulEntry> entries)
    {
        var name = Query.Near is "_agent" or "_ip" ? (Call.Caller as PodCaller)?.Name : Query.Near;
        var pod = name is null ? null : View.Snapshot.RegistrationsOf(Call.Namespace, name)?.Pod;
        if (pod?.NodeName is not { } node)
            return entries;
        var zone = All.FirstOrDefault(entry => entry.Instance.Node == node || entry.Instance.Pod?.Node == node)?.Node.Meta.GetValueOrDefault("kubernetes-zone");
        return entries.OrderBy(entry =>
            entry.Node.Name == name ? 0
            : entry.Node.Meta.GetValueOrDefault("kubernetes-node") == node ? 1
            : zone is not null && entry.Node.Meta.GetValueOrDefault("kubernetes-zone") == zone ? 2 : 3);
    }
}
