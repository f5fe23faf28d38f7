using System.Globalization;

namespace Gateway.Benchmarks.Commands;

/// <summary>The command line of a measuring command.</summary>
internal sealed record Arguments
{
    public required string Command { get; init; }

    /// <summary>Where results are kept; null: they are printed alone.</summary>
    public string? Json { get; init; }

    /// <summary>An API server that is there, plain HTTP (<c>kubectl proxy</c>); null: the fake one.</summary>
    public Uri? Against { get; init; }

    /// <summary>Seconds of one measurement; null: the command's own.</summary>
    public double? Duration { get; init; }

    /// <summary>1, 10 and 100 times the size, one after the other.</summary>
    public IReadOnlyList<int> Scales { get; init; } = [1];

    /// <summary>Measurements of each side at scale 1, in turn; the median counts. Larger scales take longer and have fewer.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>A published gateway; null: this repository's is published.</summary>
    public string? Gateway { get; init; }

    /// <summary>A Redis for <c>heartbeat</c>; null: a redis-server is started if there is one.</summary>
    public string? Redis { get; init; }

    /// <summary>The page that <c>report</c> writes; null: docs/performance.md.</summary>
    public string? Output { get; init; }

    /// <summary>What decides the figures, as options: no paths and addresses.</summary>
    public string Measured => FormattableString.Invariant(
        $"{Command} --scales {string.Join(',', Scales)} --rounds {Rounds}{(Duration is { } seconds ? FormattableString.Invariant($" --duration {seconds}") : "")}{(Against is null ? "" : " --against URL")}");

    /// <summary>Null with a sentence in <paramref name="fault"/> where they are wrong.</summary>
    public static Arguments? Parse(IReadOnlyList<string> args, out string? fault)
    {
        fault = null;
        if (args.Count == 0 || !CommandTable.Names.Contains(args[0]))
        {
            fault = $"Name one of the commands {string.Join(", ", CommandTable.Names)}.";
            return null;
        }

        var parsed = new Arguments { Command = args[0] };
        for (var i = 1; i < args.Count && fault is null; i += 2)
        {
            var value = i + 1 < args.Count ? args[i + 1] : null;
            if (value is null)
                fault = $"{args[i]} needs a value.";
            else
                parsed = parsed.With(args[i], value, ref fault);
        }

        if (fault is null && parsed.Against is not null && !CommandTable.TakesAgainst(parsed.Command))
            fault = $"{parsed.Command} measures over the fake API server alone; --against is for {string.Join(", ", CommandTable.Names.Where(CommandTable.TakesAgainst))}.";
        if (fault is null && parsed is { Command: "report", Json: null })
            fault = "report needs --json FILE.";
        return fault is null ? parsed : null;
    }

    private Arguments With(string option, string value, ref string? fault)
    {
        switch (option)
        {
            case "--json":
                return this with { Json = value };
            case "--gateway":
                return this with { Gateway = value };
            case "--redis":
                return this with { Redis = value };
            case "--output":
                return this with { Output = value };
            case "--against" when Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp:
                return this with { Against = url };
            case "--duration" when double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 3600:
                return this with { Duration = seconds };
            case "--scale" or "--scales" when value.Split(',') is var scales && scales.All(static one => one is "1" or "10" or "100"):
                return this with { Scales = [.. scales.Select(static one => int.Parse(one, CultureInfo.InvariantCulture)).Distinct().Order()] };
            case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out var rounds) && rounds is >= 1 and <= 100:
                return this with { Rounds = rounds };
            case "--against" or "--duration" or "--scale" or "--scales" or "--rounds":
                fault = option switch
                {
                    "--against" => "--against takes the URL of an API server, plain HTTP: http://127.0.0.1:8001 of kubectl proxy.",
                    "--duration" => "--duration takes seconds, at most 3600.",
                    "--scale" or "--scales" => "--scales takes 1, 10 or 100, or some of them: 1,10,100.",
                    _ => "--rounds takes a number from 1 to 100.",
                };
                return this;
            default:
                fault = $"{option} is no option; there are --json, --against, --duration, --scales, --rounds, --gateway, --redis and --output.";
                return this;
        }
    }
}
