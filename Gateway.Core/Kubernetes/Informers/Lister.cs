using System.Collections.Immutable;
using System.Globalization;
using Gateway.Core.Kubernetes.Client;
using Gateway.Core.Kubernetes.Client.Failures;
using Gateway.Core.Kubernetes.Models;

namespace Gateway.Core.Kubernetes.Informers;

/// <summary>
/// Lists objects into a store: from the API server's watch cache if that is new enough, otherwise from etcd. Only a list from etcd can
/// prove that etcd was restored.
/// </summary>
internal sealed class Lister<T>(InformerContext<T> context, InformerHealth<T> health)
    where T : class, IKubernetesObject
{
    /// <summary>Lists at least as new as what was seen, if necessary from etcd; <paramref name="newest"/> starts with etcd.</summary>
    public async Task RelistAsync(bool newest, RelistReason reason, CancellationToken cancellationToken)
    {
        if (!newest)
        {
            try
            {
                // Before anything was seen, any state is new enough: the watch continues from it.
                var from = Math.Max(context.Store.HasSynced ? context.Store.Version : 0, health.Awaited);
                var request = Request(from.ToString(CultureInfo.InvariantCulture));
                var list = await ListWithThrottlingAsync(request, cancellationToken, context.Store.HeldOr);
                if (list.Version >= from)
                {
                    Take(list.Items, list.Version, list.Unreadable, reason, list.Encoding);
                    return;
                }
            }
            catch (KubernetesApiException failure) when (failure.IsGone || failure.IsResourceVersionTooLarge)
            {
                // The version has expired or etcd was restored: only the newest state can be listed.
            }
        }

        var whole = await ListNewestAsync(cancellationToken);
        Take(whole.Items, whole.Version, whole.Unreadable, reason, whole.Encoding, context.Store.HasSynced && (whole.Version < context.Store.Version || context.Epoch.IsBehind));
    }

    /// <summary>Stores a complete list in one step and logs the items that could not be read.</summary>
    public void Take(IReadOnlyCollection<T> items, ulong version, ImmutableArray<UnreadableItem> unreadable, RelistReason reason, string encoding,
        bool historyReplaced = false)
    {
        foreach (var item in unreadable)
        {
            context.Metrics.InformerUnreadableObjects.Add(1, context.Resource);
            InformersLog.UnreadableObject(context.Logger, context.Type.Plural, item.Key?.ToString() ?? "(nameless)", item.Failure);
        }

        if (historyReplaced)
        {
            context.Epoch.Take();
            context.Metrics.InformerHistoriesReplaced.Add(1, context.Resource);
            InformersLog.HistoryReplaced(context.Logger, context.Type.Plural, context.Scope.Shown, version, context.Store.Version);
        }

        if (!context.Store.HasSynced)
            context.Epoch.Begin();
        context.Store.Replace(items, version, historyReplaced);
        health.Listed(version, historyReplaced);
        var why = NameOf(historyReplaced ? RelistReason.History : reason);
        context.Metrics.InformerRelists.Add(1, context.Resource, new KeyValuePair<string, object?>("reason", why), new KeyValuePair<string, object?>("encoding", encoding));
        InformersLog.Listed(context.Logger, items.Count, context.Type.Plural, context.Scope.Shown, version, why);
    }

    private async Task<KubernetesList<T>> ListNewestAsync(CancellationToken cancellationToken)
    {
        List<T> items = [];
        var unreadable = ImmutableArray.CreateBuilder<UnreadableItem>();
        var request = Request("") with { Limit = context.Options.PageSize };
        while (true)
        {
            KubernetesList<T> page;
            try
            {
                page = await ListWithThrottlingAsync(request, cancellationToken);
            }
            catch (KubernetesApiException failure) when (failure.IsGone && request.Continue.Length > 0)
            {
                // The continue token expired before the last page: list without paging.
                return await ListWithThrottlingAsync(Request(""), cancellationToken);
            }

            items.AddRange(page.Items);
            unreadable.AddRange(page.Unreadable);
            // Every page has the version of the first.
            if (page.Continue.Length == 0)
                return new(items, page.Version, "") { Unreadable = unreadable.DrainToImmutable(), Encoding = page.Encoding };
            request = request with { Continue = page.Continue };
        }
    }

    private async Task<KubernetesList<T>> ListWithThrottlingAsync(ListRequest request, CancellationToken cancellationToken, Func<T, T>? share = null)
    {
        while (true)
        {
            try
            {
                return await context.Api.ListAsync(context.Type, request, cancellationToken, share);
            }
            catch (KubernetesApiException failure) when (failure.IsTooManyRequests)
            {
                await health.WaitThrottledAsync(failure, cancellationToken);
            }
        }
    }

    private ListRequest Request(string version) =>
        new() { Namespace = context.Scope.Namespace, LabelSelector = context.Scope.LabelSelector, ResourceVersion = version };

    private static string NameOf(RelistReason reason) => reason switch
    {
        RelistReason.First => "first",
        RelistReason.Gone => "gone",
        RelistReason.TooLarge => "too-large",
        RelistReason.Unreadable => "unreadable",
        RelistReason.Disordered => "disordered",
        RelistReason.History => "history",
        RelistReason.Behind => "behind",
        RelistReason.Repair => "repair",
        _ => "error",
    };
}
