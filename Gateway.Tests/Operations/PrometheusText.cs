using System.Globalization;

namespace Gateway.Tests.Operations;

/// <summary>
/// A strict reader of the Prometheus text format 0.0.4 and of OpenMetrics 1.0: names, escapes, order, types, buckets. Whatever a lenient
/// scraper would let pass is a failure here.
/// </summary>
internal sealed class PrometheusText
{
    private readonly bool _isOpenMetrics;
    private readonly HashSet<string> _series = new(StringComparer.Ordinal);
    private PrometheusFamily? _family;

    private PrometheusText(bool isOpenMetrics) => _isOpenMetrics = isOpenMetrics;

    public Dictionary<string, PrometheusFamily> Families { get; } = new(StringComparer.Ordinal);

    public static PrometheusText Read(string text, bool isOpenMetrics)
    {
        text.ShouldEndWith("\n");
        text.ShouldNotContain("\r");
        var lines = text[..^1].Split('\n');
        if (isOpenMetrics)
        {
            lines[^1].ShouldBe("# EOF");
            lines = lines[..^1];
        }

        var read = new PrometheusText(isOpenMetrics);
        foreach (var line in lines)
            read.Take(line);
        foreach (var family in read.Families.Values)
            family.Check();
        return read;
    }

    private void Take(string line)
    {
        line.ShouldNotBeEmpty("no empty lines");
        if (!line.StartsWith('#'))
        {
            TakeSample(line);
            return;
        }

        var parts = line.Split(' ', 4);
        parts.Length.ShouldBe(4, line);
        parts[0].ShouldBe("#");
        IsName(parts[2]).ShouldBeTrue(line);
        if (_family?.Name != parts[2])
        {
            _family = new PrometheusFamily(parts[2]);
            Families.TryAdd(parts[2], _family).ShouldBeTrue($"{parts[2]} comes twice");
        }

        // TYPE, HELP and UNIT come in any order, each once, and before the samples.
        _family.Samples.ShouldBeEmpty(line);
        _family.Described.Add(parts[1]).ShouldBeTrue(line);
        switch (parts[1])
        {
            case "HELP":
                Unescape(parts[3]);
                break;
            case "TYPE":
                parts[3].ShouldBeOneOf("counter", "gauge", "histogram");
                _family.Type = parts[3];
                if (parts[3] == "counter")
                    parts[2].EndsWith("_total", StringComparison.Ordinal).ShouldBe(!_isOpenMetrics, line);
                break;
            case "UNIT":
                _isOpenMetrics.ShouldBeTrue();
                parts[2].ShouldEndWith("_" + parts[3]);
                break;
            default:
                throw new FormatException(line);
        }
    }

    private void TakeSample(string line)
    {
        var end = line.IndexOfAny(['{', ' ']);
        var name = line[..end];
        IsName(name).ShouldBeTrue(line);
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (line[end] == '{')
            end = TakeLabels(line, end + 1, labels);
        line[end].ShouldBe(' ', line);
        var value = line[(end + 1)..] switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        _series.Add(name + "|" + string.Join("|", labels.Select(static label => $"{label.Key}={label.Value}"))).ShouldBeTrue($"{line} comes twice");
        (_family ?? throw new FormatException($"{line} belongs to no family")).Take(name, labels, value, _isOpenMetrics);
    }

    private static int TakeLabels(string line, int at, SortedDictionary<string, string> labels)
    {
        if (line[at] == '}')
            return at + 1;
        while (true)
        {
            var equals = line.IndexOf('=', at);
            var name = line[at..equals];
            IsName(name).ShouldBeTrue(line);
            name.ShouldNotContain(":");
            line[equals + 1].ShouldBe('"', line);
            var close = equals + 2;
            while (line[close] != '"')
                close += line[close] == '\\' ? 2 : 1;
            labels.TryAdd(name, Unescape(line[(equals + 2)..close])).ShouldBeTrue($"{name} comes twice in {line}");
            switch (line[close + 1])
            {
                case '}':
                    return close + 2;
                case ',':
                    at = close + 2;
                    break;
                default:
                    throw new FormatException(line);
            }
        }
    }

    private static string Unescape(string text)
    {
        for (var at = text.IndexOf('\\', StringComparison.Ordinal); at >= 0; at = at + 2 < text.Length ? text.IndexOf('\\', at + 2) : -1)
            "\\\"n".ShouldContain(text[at + 1], $"{text} holds an unknown escape");
        return text;
    }

    private static bool IsName(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':');
}
