using System.Xml.Linq;
using Gateway.Benchmarks.Commands;
using Gateway.Benchmarks.Reports;
using Gateway.Benchmarks.Results;

namespace Gateway.Tests.Benchmarks;

public sealed class ReportTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("report-");

    private static readonly Run First = new("2026-11-28 10:00:00", "all --scales 1,10", 0.25, 12.5);

    private string Json => Path.Combine(_directory.FullName, "results.json");

    private string PagePath => Path.Combine(_directory.FullName, "performance.md");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void ALineSaysFigureYardstickRatioAndGoal()
    {
        Lookup(95, 100).ToString().ShouldBe("lookup plain: 95.0 requests/s, bare Kestrel 100.0 requests/s, ratio 0.950 (asked >= 0.95: reached)");
        Lookup(94, 100).ToString().ShouldEndWith("ratio 0.940 (asked >= 0.95: missed)");
    }

    [Fact]
    public void AGoalOfTheFigureIsComparedWithTheFigure()
    {
        var start = Lookup(0.9, 0.2) with { Goal = "<= 1.0 s" };

        start.IsReached.ShouldBe(false);
        (start with { IsGoalOfFigure = true }).IsReached.ShouldBe(true);
        (start with { Goal = "" }).IsReached.ShouldBeNull();
    }

    [Fact]
    public void WhatLiesWithinTheNoiseReachesNothing()
    {
        var heap = Memory("pods", 0) with { Gateway = -62.68, Unit = "bytes", Noise = 262, Goal = "<= 300 bytes", Note = "" };

        heap.ToString().ShouldBe("memory resident, pods: below what can be measured (262.0 bytes) (asked <= 300 bytes: not decided, the noise is 262.0 bytes)");
        (heap with { Gateway = 300 }).IsReached.ShouldBeNull();
        (heap with { Gateway = 600 }).IsReached.ShouldBe(false);
        (heap with { Gateway = 270, Noise = 26 }).IsReached.ShouldBe(true);
    }

    [Fact]
    public void ARunIsKeptAsLongAsAFigureOrAnOmissionIsOfIt()
    {
        var second = new Run("2026-11-28 11:00:00", "lookup", 3, 1);
        ResultFile.Add(Json, First, [Lookup(1, 2)], [new Omission("churn", 100, "no cluster has so many pods"), new Omission("lookup", 1, "failed: no answer")]);
        ResultFile.Add(Json, second, [Lookup(3, 4)], []);

        var results = ResultFile.Read(Json);
        results.Runs.ShouldBe([First, second]);
        results.Figures.ShouldHaveSingleItem().Run.ShouldBe(second.Started);
        results.Omissions.ShouldHaveSingleItem().Command.ShouldBe("churn");

        ResultFile.Add(Json, second with { Minutes = 2 }, [], [new Omission("churn", 100, "left out")]);
        ResultFile.Read(Json).Runs.ShouldHaveSingleItem().Minutes.ShouldBe(2);
    }

    [Fact]
    public void AFigureThatIsMeasuredAgainReplacesItsFormerOne()
    {
        ResultFile.Add(Json, First, [Lookup(1, 2), Lookup(3, 4) with { Scale = 10 }], []);
        ResultFile.Add(Json, First, [Lookup(5, 6)], []);

        var figures = ResultFile.Read(Json).Figures;
        figures.Select(static one => (one.Scale, one.Gateway, one.Yardstick)).ShouldBe([(10, 3d, 4d), (1, 5d, 6d)]);
    }

    [Fact]
    public void TheReportShowsEachFigureAndKeepsWhatWasWrittenByHand()
    {
        ResultFile.Add(
            Json, First, [Lookup(94, 100), Memory("idle over a small cluster", 80), Memory("2000 pods named by Services", 100), Memory("20000 pods named by Services", 280)], []);
        File.WriteAllText(PagePath, $"old\n{Report.KeptBegin}\nLarger pages did not help.\n{Report.KeptEnd}\n");

        Report.Write(Arguments.Parse(["report", "--json", Json, "--output", PagePath], out _)!, TextWriter.Null).ShouldBe(0);

        var page = File.ReadAllText(PagePath);
        page.ShouldContain("| plain | 1x | 94.0 requests/s | 100.0 requests/s (bare Kestrel) | 0.94 |");
        page.ShouldContain(">= 0.95: **missed**");
        page.ShouldContain("| 10,000 | 192Mi | 288Mi | |".Replace("| |", "|  |", StringComparison.Ordinal));
        page.ShouldContain("Larger pages did not help.");
        page.ShouldNotContain("old");
        XDocument.Load(Path.Combine(_directory.FullName, "performance", "lookup.svg")).Root!.Name.LocalName.ShouldBe("svg");

        Report.Write(Arguments.Parse(["report", "--json", Json, "--output", PagePath], out _)!, TextWriter.Null);
        File.ReadAllText(PagePath).ShouldBe(page);
    }

    [Fact]
    public void TheReportShowsHowAFigureGrowsAndWhyOneIsMissing()
    {
        Figure[] figures = [Start(1, 2_000, 0.5), Start(10, 20_000, 2), Lookup(94, 100) with { Growth = new Growth("plain lookup", 2_000, "pods") }];
        ResultFile.Add(Json, First, figures, [new Omission("start", 100, "the API server needs more memory than there is")]);

        var page = Report.Page(ResultFile.Read(Json), "");

        page.ShouldContain("| start until ready | 0.5 s, 2,000 pods | 2 s, 20,000 pods | see below | × 10 | × 4 |");
        page.ShouldContain("| plain lookup | 94.0 requests/s, 2,000 pods | not measured | not measured | | |");
        page.ShouldContain("| start | 100x | the API server needs more memory than there is |");
        var plot = XDocument.Parse(Report.Plots(ResultFile.Read(Json)).Single(static one => one.Name == "growth.svg").Svg);
        var line = plot.Descendants().Single(static one => one.Name.LocalName == "polyline");
        ((string)line.Attribute("points")!).Split(' ').Length.ShouldBe(2);
        page.ShouldContain("performance/growth.svg");
    }

    [Fact]
    public void WithoutGrowthThereIsNoPlotOfIt()
    {
        ResultFile.Add(Json, First, [Lookup(94, 100)], []);

        Report.Plots(ResultFile.Read(Json)).Select(static one => one.Name).ShouldBe(["lookup.svg"]);
        Report.Page(ResultFile.Read(Json), "").ShouldNotContain("growth.svg");
    }

    [Fact]
    public void ThePageSaysWhenInWhichRunAndAtWhichLoadItsFiguresWereTaken()
    {
        ResultFile.Add(Json, First, [Lookup(94, 100), Lookup(95, 100) with { Scale = 10 }], []);
        var page = Report.Page(ResultFile.Read(Json), "");
        page.ShouldContain("in a run that began on 2026-11-28 10:00:00 UTC at a load average of 0.25");
        page.ShouldContain("One run made every figure of this page");
        page.ShouldContain("| 2026-11-28 10:00:00 | `all --scales 1,10` | 0.25 | 12.5 | 2 |");

        ResultFile.Add(Json, new Run("2026-11-28 11:00:00", "lookup", 4, 1), [Lookup(96, 100)], []);
        Report.Page(ResultFile.Read(Json), "").ShouldContain("not all of them were taken in one");
    }

    [Fact]
    public void AFileOfNoResultsIsSaid()
    {
        var said = new StringWriter();

        Report.Write(Arguments.Parse(["report", "--json", Json, "--output", PagePath], out _)!, said).ShouldBe(2);

        said.ToString().ShouldContain("cannot be read");
    }

    [Fact]
    public void BetweenMeasuredSizesThePeakLiesOnALineAndBeyondThemItIsAnEstimate()
    {
        (int, double)[] measured = [(20, 80), (2_000, 100), (20_000, 280)];

        CapacityTable.PeakOf(measured, 11_000).ShouldBe((190, false));
        CapacityTable.PeakOf(measured, 20_000).ShouldBe((280, false));
        CapacityTable.PeakOf(measured, 38_000).ShouldBe((460, true));
    }

    private static Figure Lookup(double gateway, double bare) =>
        new() { Command = "lookup", Name = "plain", Unit = "requests/s", Gateway = gateway, Beside = "bare Kestrel", Yardstick = bare, Goal = ">= 0.95" };

    private static Figure Start(int scale, int pods, double seconds) => new()
    {
        Command = "start",
        Name = $"to ready over {pods} pods",
        Scale = scale,
        Unit = "s",
        Gateway = seconds,
        Growth = new Growth("start until ready", pods, "pods"),
    };

    private static Figure Memory(string name, int peak) => new() { Command = "memory", Name = "resident, " + name, Unit = "MB", Gateway = peak, Note = $"peak {peak} MB, live heap 1.0 MB" };
}
