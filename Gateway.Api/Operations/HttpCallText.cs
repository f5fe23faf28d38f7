using System.Globalization;
using System.Text;

namespace Gateway.Api.Operations;

/// <summary>Adds <see cref="HttpCalls"/> to a scrape, as Prometheus text or OpenMetrics, as the exporter would write it.</summary>
internal static class HttpCallText
{
    private const string Active = "http_server_active_requests";
    private const string Duration = "http_server_request_duration_seconds";

    private static ReadOnlySpan<byte> End => "# EOF\n"u8;

    /// <summary>What the exporter wrote, with the calls.</summary>
    public static byte[] AddTo(ReadOnlySpan<byte> scrape, HttpCalls calls)
    {
        // Only OpenMetrics has an end.
        var isOpenMetrics = scrape.EndsWith(End);
        var text = new StringBuilder();
        WriteActive(text, calls);
        WriteDurations(text, calls, isOpenMetrics);
        return [.. isOpenMetrics ? scrape[..^End.Length] : scrape, .. Encoding.UTF8.GetBytes(text.ToString()), .. isOpenMetrics ? End : []];
    }

    private static void WriteActive(StringBuilder text, HttpCalls calls)
    {
        text.Append("# TYPE ").Append(Active).Append(" gauge\n# HELP ").Append(Active).Append(" Number of active HTTP server requests.\n");
        foreach (var (method, scheme, active) in calls.Active)
            text.Append(CultureInfo.InvariantCulture, $"{Active}{{http_request_method=\"{method}\",url_scheme=\"{scheme}\"}} {active}\n");
    }

    private static void WriteDurations(StringBuilder text, HttpCalls calls, bool isOpenMetrics)
    {
        var all = calls.Series.ToList();
        if (all.Count == 0)
            return;
        text.Append("# TYPE ").Append(Duration).Append(" histogram\n");
        if (isOpenMetrics)
            text.Append("# UNIT ").Append(Duration).Append(" seconds\n");
        text.Append("# HELP ").Append(Duration).Append(" Duration of HTTP server requests.\n");
        foreach (var series in all)
        {
            var (labels, counts) = (LabelsOf(series.Labels), series.Cumulated());
            for (var bucket = 0; bucket < counts.Length; bucket++)
                text.Append(CultureInfo.InvariantCulture, $"{Duration}_bucket{{{labels},le=\"{BoundOf(bucket, isOpenMetrics)}\"}} {counts[bucket]}\n");
            text.Append(CultureInfo.InvariantCulture, $"{Duration}_sum{{{labels}}} {series.Sum:R}\n{Duration}_count{{{labels}}} {counts[^1]}\n");
        }
    }

    private static string BoundOf(int bucket, bool isOpenMetrics)
    {
        if (bucket == HttpCallSeries.Bounds.Length)
            return "+Inf";
        var bound = HttpCallSeries.Bounds[bucket].ToString(CultureInfo.InvariantCulture);
        // OpenMetrics: bounds are canonical floating point numbers.
        return isOpenMetrics && !bound.Contains('.', StringComparison.Ordinal) ? bound + ".0" : bound;
    }

    private static string LabelsOf(HttpCallLabels labels)
    {
        if (labels == HttpCallLabels.Overflow)
            return "otel_metric_overflow=\"true\"";
        var text = new StringBuilder();
        if (labels.IsUnhandled)
            text.Append("aspnetcore_request_is_unhandled=\"true\",");
        if (labels.Error is { } error)
            text.Append("error_type=\"").Append(Escaped(error)).Append("\",");
        text.Append(CultureInfo.InvariantCulture, $"http_request_method=\"{labels.Method}\",http_response_status_code=\"{labels.Status}\",");
        if (labels.Route is { } route)
            text.Append("http_route=\"").Append(Escaped(route)).Append("\",");
        return text.Append(CultureInfo.InvariantCulture, $"network_protocol_version=\"{labels.Version}\",url_scheme=\"{labels.Scheme}\"").ToString();
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
