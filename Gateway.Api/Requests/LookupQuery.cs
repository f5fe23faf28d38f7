using System.Collections.Immutable;
using Gateway.Api.Errors;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Lookup;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Api.Requests;

/// <summary>What a lookup asks for. Immutable.</summary>
internal sealed record LookupQuery
{
    public static readonly LookupQuery Plain = new();

    private static readonly ImmutableArray<string> Known = [.. FilterParameters.Names, "index", "wait", "minRevision"];

    public LookupFilter Filter { get; init; } = LookupFilter.Default;

    /// <summary>A long poll; <see cref="Index"/> is null where the caller's text is no revision, which is answered at once.</summary>
    public bool Waits { get; init; }

    public Revision? Index { get; init; }

    /// <summary>How long a long poll lasts at most; longer ones than allowed are answered early.</summary>
    public TimeSpan Wait { get; init; } = ServiceWaiter.DefaultWait;

    public Revision? MinRevision { get; init; }

    /// <param name="form">Another than the native form.</param>
    public static LookupQuery Read(HttpRequest request, FaultList faults, InstanceFormat? form = null)
    {
        if (!request.QueryString.HasValue)
            return form is null ? Plain : Plain with { Filter = LookupFilter.Default.In(form) };
        var query = new QueryReader(request.Query, faults);
        var filter = FilterParameters.Read(ref query, faults);
        var index = query.Text("index");
        var wait = query.Duration("wait", TimeSpan.FromDays(1));
        var minimum = query.Text("minRevision");
        query.Finish(Known.AsSpan());
        Revision.TryParse(index, out var indexRevision);
        if (!Revision.TryParse(minimum, out var minRevision) && minimum is not null)
            faults.AtParameter("minRevision", FaultCodes.InvalidValue, "'minRevision' has to be a revision that this registry gave out.");
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
