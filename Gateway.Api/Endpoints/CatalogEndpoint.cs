using System.Collections.Concurrent;
using Gateway.Api.Callers;
using Gateway.Api.Errors;
using Gateway.Api.Requests;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Results;

namespace Gateway.Api.Endpoints;

/// <summary><c>GET /v1/services</c>: lists services with counts by status. A list contains only services that the caller may read.</summary>
internal sealed class CatalogEndpoint(RegistryState state, LookupAccessCheck access, CatalogPages pages)
{
    // Of pages that are answered in one piece, and of their queries.
    private const int LargestKnown = 32 * 1024;
    private const int LongestQuery = 512;

    // What was listed of one snapshot where lists are open, by query; the first list of another snapshot replaces it.
    private volatile KnownPages? _known;

    private static readonly string[] Parameters = ["namespace", "prefix", "source", "limit", "continue"];

    public async Task ListAsync(HttpContext context)
    {
        var faults = new FaultList();
        var query = Read(context.Request, faults);
        var snapshot = state.Current;
        if (!faults.IsEmpty)
        {
            await ProblemAnswer.WriteAsync(context, faults.ToRefusal());
            return;
        }
        if (!snapshot.HasSynced)
        {
            await ProblemAnswer.WriteAsync(context, NotSynced.Refusal());
            return;
        }
        if (query.Namespace is { } ns && access.NotWatched(ns) is { } unwatched)
        {
            await ProblemAnswer.WriteAsync(context, await access.CheckAsync(context, ns) ?? unwatched);
            return;
        }
        IReadOnlySet<string>? readable = null;
        if (!access.IsOpen)
        {
            var namespaces = query.Namespace is null ? ServiceCatalog.NamespacesOf(snapshot) : [query.Namespace];
            var allowed = await access.ReadableAsync(context, namespaces);
            if (allowed.IsRefused(out var refusal))
            {
                await ProblemAnswer.WriteAsync(context, refusal);
                return;
            }
            readable = allowed.Value.Count == namespaces.Length ? null : allowed.Value;
        }
        var page = pages.Find(snapshot, query, readable);
        Keep(snapshot, context.Request.QueryString.Value ?? "", page);
        AnswerHeaders.Write(context.Response, snapshot);
        context.Response.Headers.CacheControl = "no-cache";
        await JsonAnswer.WriteAsync(context, page);
    }

    /// <summary>The page of a query that was listed before, of this very state, and that is open to everyone.</summary>
    public bool TryKnown(RegistrySnapshot snapshot, string query, out ReadOnlyMemory<byte> page)
    {
        page = default;
        return access.IsOpen && _known is { } known && known.Sequence == snapshot.Sequence && known.Pages.TryGetValue(query, out page);
    }

    /// <summary>Answers with a page that is known.</summary>
    public static Task AnswerAsync(HttpContext context, RegistrySnapshot snapshot, ReadOnlyMemory<byte> page)
    {
        var response = context.Response;
        AnswerHeaders.Write(response, snapshot);
        response.Headers.CacheControl = "no-cache";
        response.ContentType = AnswerHeaders.Json;
        response.ContentLength = page.Length;
        return JsonAnswer.WriteSmallAsync(response, page);
    }

    private void Keep(RegistrySnapshot snapshot, string query, ReadOnlyMemory<byte> page)
    {
        if (!access.IsOpen || page.Length > LargestKnown || query.Length > LongestQuery)
            return;
        if (_known is not { } known || known.Sequence != snapshot.Sequence)
            _known = known = new KnownPages(snapshot.Sequence);
        if (known.Pages.Count < CatalogPages.MaxPages)
            known.Pages.TryAdd(query, page);
    }

    private static CatalogQuery Read(HttpRequest request, FaultList faults)
    {
        var query = new QueryReader(request.Query, faults);
        var catalog = new CatalogQuery
        {
            Namespace = query.Text("namespace"),
            Prefix = query.Text("prefix"),
            Source = FilterParameters.ReadSource(ref query, faults),
            Limit = query.Integer("limit", 1, ServiceCatalog.MaxLimit) ?? ServiceCatalog.DefaultLimit,
        };
        var token = query.Text("continue");
        query.Finish(Parameters);
        if (token is null)
            return catalog;
        if (!ServiceCatalog.TryReadToken(token, out var after))
            faults.AtParameter("continue", FaultCodes.InvalidValue, "'continue' must be the value returned with an earlier page.");
        return catalog with { After = after };
    }

    private sealed record KnownPages(ulong Sequence)
    {
        public ConcurrentDictionary<string, ReadOnlyMemory<byte>> Pages { get; } = new(StringComparer.Ordinal);
    }
}
