using System.Globalization;
using System.Text.Json.Serialization;

namespace Gateway.Benchmarks.Results;

/// <summary>A figure's place in the growth of its command: figures of one name over their sizes.</summary>
/// <param name="Of">The name of the line: "sync by protobuf".</param>
/// <param name="Size">How much of <paramref name="Unit"/> there was.</param>
/// <param name="Unit">What grows: "pods", "subscribers".</param>
internal sealed record Growth(string Of, int Size, string Unit);

/// <summary>One measured figure beside its yardstick: medians over the rounds of one run.</summary>
internal sealed record Figure
{
    public required string Command { get; init; }

    /// <summary>What was measured, unique within the command and scale.</summary>
    public required string Name { get; init; }

    public int Scale { get; init; } = 1;

    public required string Unit { get; init; }

    public required double Gateway { get; init; }

    /// <summary>Two figures that differ by less are the same, in the same unit: of a difference between two measurements. 0: not known.</summary>
    public double Noise { get; init; }

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

    /// <summary>Null: not shown among the figures that grow.</summary>
    public Growth? Growth { get; init; }

    /// <summary>The <see cref="Results.Run.Started"/> of the run that measured it.</summary>
    public string Run { get; init; } = "";

    /// <summary>The gateway's figure over the yardstick's.</summary>
    public double? Ratio => Yardstick is > 0 ? Gateway / Yardstick : null;

    /// <summary>The figure says only that there is no more than <see cref="Noise"/>.</summary>
    public bool IsBelowNoise => Gateway < Noise;

    /// <summary>Null where nothing is asked, and where figure and goal differ by less than the noise.</summary>
    public bool? IsReached
    {
        get
        {
            if (Goal.Split(' ') is not [var comparison, var limit, ..])
                return null;
            var (value, bound) = (IsGoalOfFigure ? Gateway : Ratio ?? Gateway, double.Parse(limit, CultureInfo.InvariantCulture));
            return IsBelowNoise || Math.Abs(value - bound) < Noise ? null : comparison == "<=" ? value <= bound : value >= bound;
        }
    }

    /// <summary>What is asked, and whether it is reached; "" where nothing is asked.</summary>
    [JsonIgnore]
    public string Asked => Goal.Length == 0 ? "" : $"{Goal}: {IsReached switch { true => "reached", false => "missed", null => $"not decided, the noise is {Shown(Noise)} {Unit}" }}";

    /// <summary>The gateway's figure with its unit.</summary>
    [JsonIgnore]
    public string ShownGateway => IsBelowNoise ? $"below what can be measured ({Shown(Noise)} {Unit})" : $"{Shown(Gateway)} {Unit}";

    /// <summary>One line for the terminal.</summary>
    public override string ToString()
    {
        var line = $"{Command} {Name}{(Scale > 1 ? $" {Scale}x" : "")}: {ShownGateway}";
        if (Ratio is { } ratio)
            line += $", {Beside} {Shown(Yardstick!.Value)} {Unit}, ratio {ratio.ToString("0.000", CultureInfo.InvariantCulture)}";
        if (CpuRatio is { } cpu)
            line += $", cpu ratio {cpu.ToString("0.00", CultureInfo.InvariantCulture)}";
        if (Asked.Length > 0)
            line += $" (asked {Asked})";
        return Note.Length > 0 ? $"{line}; {Note}" : line;
    }

    public static string Shown(double value) => value switch
    {
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
