using System.Collections.Immutable;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Revisions;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>The query of a lookup. Immutable.</summary>
internal sealed record LookupQuery
{
    public static readonly LookupQuery Plain = new();

    private static readonly ImmutableArray<string> Known = [.. FilterParameters.Names, "index", "wait", "minRevision"];

    public LookupFilter Filter { get; init; } = LookupFilter.Default;

    /// <summary>A long poll; <see cref="Index"/> is null if the caller's text is not a revision: that is answered at once.</summary>
    public bool Waits { get; init; }

    public Revision? Index { get; init; }

    /// <summary>The longest duration of a long poll.</summary>
    public TimeSpan Wait { get; init; } = ServiceWaiter.DefaultWait;

    public Revision? MinRevision { get; init; }

    /// <summary>How long <see cref="MinRevision"/> is waited for.</summary>
    public TimeSpan MinRevisionWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <param name="form">A format other than the native one.</param>
    public static LookupQuery Read(HttpRequest request, FaultList faults, InstanceFormat? form = null)
    {
        if (!request.QueryString.HasValue)
            return form is null ? Plain : Plain with { Filter = LookupFilter.Default.In(form) };
        var query = new QueryReader(request.Query, faults);
        var filter = FilterParameters.Read(ref query, faults);
        var index = query.Text("index");
        var wait = query.Duration("wait", ServiceWaiter.LongestWait);
        var minimum = query.Text("minRevision");
        query.Finish(Known.AsSpan());
        Revision.TryParse(index, out var indexRevision);
        if (!Revision.TryParse(minimum, out var minRevision) && minimum is not null)
            faults.AtParameter("minRevision", FaultCodes.InvalidValue, "'minRevision' must be a revision returned by this registry.");
        return new LookupQuery
        {
            Filter = form is null ? filter : filter.In(form),
            Waits = index is not null,
            Index = indexRevision,
            Wait = wait ?? ServiceWaiter.DefaultWait,
            MinRevision = minRevision,
        };
    }
}
