using Gateway.Benchmarks.Commands;
using Gateway.Benchmarks.Results;
using Gateway.Benchmarks.Runs;

namespace Gateway.Tests.Benchmarks;

/// <summary>One run measures several commands at several scales; what was measured survives what fails after it.</summary>
public sealed class CommandTableTests : IDisposable
{
    private static readonly Run Now = new("2026-11-28 10:00:00", "all", null, 0);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("commands-");
    private readonly StringWriter _progress = new();

    private string Json => Path.Combine(_directory.FullName, "results.json");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task EachCommandRunsAtEachScaleOneScaleAfterTheOther()
    {
        List<(string, int, int)> ran = [];
        await using var context = await StartAsync([1, 10, 100]);
        Task NoteAsync(RunContext run)
        {
            ran.Add((run.Command, run.Scale, run.Rounds));
            return Task.CompletedTask;
        }

        (await CommandTable.RunAsync(context, [("lookup", NoteAsync), ("sync", NoteAsync)])).ShouldBe(0);

        ran.ShouldBe([("lookup", 1, 3), ("sync", 1, 3), ("lookup", 10, 2), ("sync", 10, 2), ("lookup", 100, 1), ("sync", 100, 1)]);
    }

    [Fact]
    public async Task AFigureIsSavedBeforeTheNextOneIsMeasured()
    {
        await using var context = await StartAsync([1]);
        await CommandTable.RunAsync(context,
        [
            ("lookup", run =>
            {
                run.Report(run.Measured("plain", "requests/s", 1));
                ResultFile.Read(Json).Figures.ShouldHaveSingleItem().Run.ShouldBe(Now.Started);
                run.Report(run.Measured("filtered", "requests/s", 2));
                ResultFile.Read(Json).Figures.Count.ShouldBe(2);
                return Task.CompletedTask;
            }),
        ]);
    }

    [Fact]
    public async Task TheRunGoesOnAfterAFailedCommandAndSaysSoAtItsEnd()
    {
        await using var context = await StartAsync([1]);

        var code = await CommandTable.RunAsync(context,
        [
            ("lookup", static _ => throw new TimeoutException("no answer")),
            ("sync", static run =>
            {
                run.Report(run.Measured("2000 pods", "s", 1));
                return Task.CompletedTask;
            }),
        ]);

        code.ShouldBe(1);
        var results = ResultFile.Read(Json);
        results.Figures.ShouldHaveSingleItem().Command.ShouldBe("sync");
        results.Omissions.ShouldHaveSingleItem().ShouldBe(new Omission("lookup", 1, "failed: no answer") { Run = Now.Started });
        _progress.ToString().TrimEnd().ShouldEndWith("failed: lookup at 1x: no answer");
    }

    private Task<RunContext> StartAsync(IReadOnlyList<int> scales) => RunContext.StartAsync(
        new Arguments { Command = "all", Json = Json, Scales = scales, Gateway = _directory.FullName }, Now, TextWriter.Null, _progress);
}
