using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Gateway.Api.Facades;

/// <summary>
/// The client of a call as a label: its family and, up to the minor one, its version, from the headers that known clients send. Headers are free text, so
/// families that are not known are <c>other</c>, and so is everything beyond a number of labels. Written by every call, on any thread.
/// </summary>
internal sealed partial class ClientFamilies
{
    private const int MaxLabels = 32;
    private const int MaxRemembered = 1_024;
    private const int MaxLength = 256;
    private const string Other = "other";
    private const string None = "none";

    private static readonly string[] Families =
    [
        "Java-EurekaClient", "eureka-js-client", "Nacos-Java-Client", "Nacos-Go-Client", "Nacos-CSharp-Client", "Nacos-Python-Client", "Nacos-Server", "Consul",
        "Prometheus", "Steeltoe", "spring-cloud", "Go-http-client", "Apache-HttpClient", "okhttp", "ReactorNetty", "Java-http-client", "Java", "node-fetch",
        "undici", "node", "axios", "python-requests", "Python-urllib", "aiohttp", "curl", "Envoy",
    ];

    private readonly ConcurrentDictionary<string, string> _remembered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public string Of(IHeaderDictionary headers)
    {
        // Nacos clients name themselves in a header of their own.
        var text = headers["Client-Version"].ToString() is { Length: > 0 } own ? own : headers.UserAgent.ToString();
        if (text.Length == 0)
            return None;
        if (text.Length > MaxLength)
            return Other;
        if (_remembered.TryGetValue(text, out var label))
            return label;
        label = Limited(Read(text));
        if (_remembered.Count < MaxRemembered)
            _remembered[text] = label;
        return label;
    }

    private static string Read(string text)
    {
        var family = Array.Find(Families, one => text.StartsWith(one, StringComparison.OrdinalIgnoreCase));
        if (family is null)
            return Other;
        var version = Version().Match(text, family.Length);
        return version.Success ? $"{family}/{version.Groups[1].Value}" : family;
    }

    private string Limited(string label)
    {
        lock (_gate)
            return _labels.Contains(label) || (_labels.Count < MaxLabels && _labels.Add(label)) ? label : Other;
    }

    [GeneratedRegex(@"\G[/: ]+v?([0-9]{1,4}(?:\.[0-9]{1,4})?)", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
