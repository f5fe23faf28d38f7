using System.Collections.Immutable;
using System.Globalization;
using Gateway.Api.Requests;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Facades.Consul;

/// <summary>
/// The query of a read, as Consul takes it: parameters that are not known are ignored, those that cannot be read are refused in its words. Immutable.
/// </summary>
internal sealed record ConsulQuery
{
    /// <summary>0: answer what is current.</summary>
    public ulong Index { get; private init; }

    public TimeSpan Wait { get; private init; } = ServiceWaiter.DefaultWait;

    /// <summary>Null: not said; false: said, and off.</summary>
    public bool? Passing { get; private init; }

    public ImmutableArray<string> Tags { get; private init; } = [];

    /// <summary>Pairs that the node's Meta has to hold.</summary>
    public ImmutableArray<KeyValuePair<string, string>> NodeMeta { get; private init; } = [];

    /// <summary>"": none.</summary>
    public string Near { get; private init; } = "";

    /// <summary>"": none.</summary>
    public string Filter { get; private init; } = "";

    public string? Namespace { get; private init; }

    /// <summary>It names another data centre, of which this registry knows nothing.</summary>
    public bool IsElsewhere { get; private init; }

    public bool IsPretty { get; private init; }

    /// <summary>It holds a token, which is not kept here.</summary>
    public bool HasToken { get; private init; }

    /// <summary>Nothing restricts or orders the answer: its bytes are made once.</summary>
    public bool IsPlain => Tags.IsEmpty && NodeMeta.IsEmpty && Near.Length == 0 && Filter.Length == 0;

    /// <summary>Null with a text in <paramref name="fault"/>, which is the body of a 400.</summary>
    public static ConsulQuery? Read(HttpRequest request, out string fault)
    {
        var query = request.Query;
        fault = "";
        if (query.Count == 0)
            return Plain;
        if (!TryReadIndex(query["index"].ToString(), out var index))
            fault = "Invalid index";
        else if (!TryReadWait(query["wait"].ToString(), out var wait))
            fault = "Invalid wait time";
        else if (!TryReadFlag(query, "passing", out var passing))
            fault = "Invalid value for ?passing";
        else if (query.ContainsKey("stale") && query.ContainsKey("consistent"))
            fault = "Cannot specify ?stale with ?consistent, conflicting semantics.";
        else
            return new ConsulQuery
            {
                Index = index,
                Wait = wait,
                Passing = passing,
                Tags = [.. query["tag"].Where(static tag => !string.IsNullOrEmpty(tag)).Select(static tag => tag!)],
                NodeMeta = [.. query["node-meta"].Where(static pair => !string.IsNullOrEmpty(pair)).Select(static pair => Pair(pair!))],
                Near = query["near"].ToString(),
                Filter = query["filter"].ToString(),
                Namespace = NamespaceOf(request),
                IsElsewhere = query["dc"].ToString() is var dc && dc.Length > 0 && dc != ConsulNode.Datacenter,
                HasToken = query.ContainsKey("token"),
                IsPretty = query.ContainsKey("pretty") && query["pretty"] != "false",
            };
        return null;
    }

    /// <summary>The namespace that a call names; null: none.</summary>
    public static string? NamespaceOf(HttpRequest request) => request.Query["ns"].ToString() is { Length: > 0 } ns ? ns : null;

    /// <summary>The token where Consul's clients put it; null: in neither place, so a bearer token counts.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers["X-Consul-Token"].ToString() is { Length: > 0 } header ? header
        : request.Query.Count > 0 && request.Query["token"].ToString() is { Length: > 0 } said ? said
        : null;

    /// <summary>The same for a query that was read: where it holds none it is not read again.</summary>
    public static string? TokenOf(HttpRequest request, ConsulQuery read) =>
        read.HasToken ? TokenOf(request) : request.Headers["X-Consul-Token"].ToString() is { Length: > 0 } header ? header : null;

    /// <summary>A duration as Go writes it, which is never without a unit.</summary>
    public static bool TryReadDuration(string text, out TimeSpan duration)
    {
        duration = default;
        return text == "0" || (text.Length > 0 && char.IsAsciiLetter(text[^1]) && DurationText.TryParse(text, out duration));
    }

    /// <summary>The values of a flag as Go reads them; a flag without a value is on.</summary>
    public static bool TryReadFlag(IQueryCollection query, string name, out bool? flag)
    {
        flag = null;
        if (!query.TryGetValue(name, out var values))
            return true;
        flag = values.ToString() switch
        {
            "" or "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
            _ => null,
        };
        return flag is not null;
    }

    private static readonly ConsulQuery Plain = new();

    private static bool TryReadIndex(string text, out ulong index)
    {
        index = 0;
        return text.Length == 0 || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    // As in Consul, no time at all is the usual one, and what is longer than ten minutes is ten minutes.
    private static bool TryReadWait(string text, out TimeSpan wait)
    {
        wait = ServiceWaiter.DefaultWait;
        if (text.Length == 0)
            return true;
        if (!TryReadDuration(text, out var said))
            return false;
        if (said > TimeSpan.Zero)
            wait = said < ServiceWaiter.LongestWait ? said : ServiceWaiter.LongestWait;
        return true;
    }

    private static KeyValuePair<string, string> Pair(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new(text, "") : new(text[..colon], text[(colon + 1)..]);
    }
}
