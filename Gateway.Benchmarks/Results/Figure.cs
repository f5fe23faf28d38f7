using System.Globalization;

namespace Gateway.Benchmarks.Results;

/// <summary>One measured figure beside its yardstick: medians over the rounds of one run.</summary>
internal sealed record Figure
{
    public required string Command { get; init; }

    /// <summary>What was measured, unique within the command and scale.</summary>
    public required string Name { get; init; }

    public int Scale { get; init; } = 1;

    public required string Unit { get; init; }

    public required double Gateway { get; init; }

    /// <summary>What <see cref="Yardstick"/> is of; "" where there is none.</summary>
    public string Beside { get; init; } = "";

    public double? Yardstick { get; init; }

    /// <summary>Processor time of the gateway's process relative to the yardstick's for the same work.</summary>
    public double? CpuRatio { get; init; }

    /// <summary>What the ratio, or without a yardstick the figure, should be: <c>&gt;= 0.95</c>. "" where nothing is asked.</summary>
    public string Goal { get; init; } = "";

    /// <summary>The goal is of the gateway's figure, although there is a yardstick.</summary>
    public bool IsGoalOfFigure { get; init; }

    public string Note { get; init; } = "";

    public int Rounds { get; init; } = 1;

    /// <summary>The gateway's figure over the yardstick's.</summary>
    public double? Ratio => Yardstick is > 0 ? Gateway / Yardstick : null;

    /// <summary>Null where nothing is asked.</summary>
    public bool? IsReached
    {
        get
        {
            if (Goal.Split(' ') is not [var comparison, var limit, ..])
                return null;
            var (value, bound) = (IsGoalOfFigure ? Gateway : Ratio ?? Gateway, double.Parse(limit, CultureInfo.InvariantCulture));
            return comparison == "<=" ? value <= bound : value >= bound;
        }
    }

    /// <summary>One line for the terminal.</summary>
    public override string ToString()
    {
        var line = $"{Command} {Name}{(Scale > 1 ? $" {Scale}x" : "")}: {Shown(Gateway)} {Unit}";
        if (Ratio is { } ratio)
            line += $", {Beside} {Shown(Yardstick!.Value)} {Unit}, ratio {ratio.ToString("0.000", CultureInfo.InvariantCulture)}";
        if (CpuRatio is { } cpu)
            line += $", cpu ratio {cpu.ToString("0.00", CultureInfo.InvariantCulture)}";
        if (IsReached is { } reached)
            line += $" (asked {Goal}: {(reached ? "reached" : "missed")})";
        return Note.Length > 0 ? $"{line}; {Note}" : line;
    }

    public static string Shown(double value) => value switch
    {
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
