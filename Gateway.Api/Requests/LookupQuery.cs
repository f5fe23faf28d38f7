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

    private static readonly ImmutableArray<string> Known = [.. FilterParameters.Names, "index", "wait", "minRevision", "at"];

    private const string BadIndex =
        "'index' must be the 'revision' of an earlier answer of this path, sent back as it is: an opaque text, not a number such as Consul's. Look up once without 'index' to get one.";

    public LookupFilter Filter { get; init; } = LookupFilter.Default;

    /// <summary>A long poll, for a change after <see cref="Index"/>.</summary>
    public bool Waits { get; init; }

    public Revision? Index { get; init; }

    /// <summary>The longest duration of a long poll.</summary>
    public TimeSpan Wait { get; init; } = ServiceWaiter.DefaultWait;

    public Revision? MinRevision { get; init; }

    /// <summary>How long <see cref="MinRevision"/> is waited for.</summary>
    public TimeSpan MinRevisionWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The state of that time, not the current one; null: the current one.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Asks for the current state, at once.</summary>
    public bool IsOfNow => !Waits && MinRevision is null && At is null;

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
        var at = query.Time("at");
        query.Finish(Known.AsSpan());
        // Answered at once, a client that sends it again would spin.
        if (!Revision.TryParse(index, out var indexRevision) && index is not null)
            faults.AtParameter("index", FaultCodes.InvalidValue, BadIndex);
        if (wait is not null && index is null)
            faults.AtParameter("index", FaultCodes.Missing, "'wait' takes an 'index' to wait at: the 'revision' of an earlier answer of this path.");
        if (!Revision.TryParse(minimum, out var minRevision) && minimum is not null)
            faults.AtParameter("minRevision", FaultCodes.InvalidValue, "'minRevision' must be a revision returned by this registry.");
        if (at is not null && (index is not null || minimum is not null))
            faults.AtParameter("at", FaultCodes.InvalidValue, "'at' asks for a former state: it cannot wait, so 'index' and 'minRevision' cannot be given with it.");
        return new LookupQuery
        {
            Filter = form is null ? filter : filter.In(form),
            Waits = index is not null,
            Index = indexRevision,
            Wait = wait ?? ServiceWaiter.DefaultWait,
            MinRevision = minRevision,
            At = at,
        };
    }
}
