using System.Text.RegularExpressions;

namespace Gateway.Tests.Layering;

/// <summary>
/// What runs beside the calls runs under its supervisor, by the injected time: nothing else may begin a thread, a task that nothing awaits, or a
/// timer of its own.
/// </summary>
public sealed partial class BackgroundWorkTests
{
    private const string Supervision = "Gateway.Core/Supervision/";

    [Fact]
    public void NothingButTheSupervisorBeginsWhatNothingAwaits() =>
        Findings(Unsupervised()).Select(static finding => finding.Text).ShouldBeEmpty();

    [Fact]
    public void HostedServicesAreNoLoops() => Findings(HostedLoop()).Select(static finding => finding.Text).ShouldBeEmpty();

    [Fact]
    public void EveryTimerGoesByTheInjectedTime() => Findings(WallClockTimer()).Select(static finding => finding.Text).ShouldBeEmpty();

    [Fact]
    public void OnlyALoopHasAPeriodicTimer() =>
        Sources().Where(static source => source.Text.Contains("new PeriodicTimer(", StringComparison.Ordinal) && !RunsUntilCancelled().IsMatch(source.Text))
            .Select(static source => source.File).ShouldBeEmpty();

    [Theory]
    [InlineData("_ = Task.Run(LookAsync);")]
    [InlineData("_ = SendAsync(message);")]
    [InlineData("        await Task.Factory.StartNew(Look);")]
    [InlineData("new Thread(Look).Start();")]
    [InlineData("ThreadPool.QueueUserWorkItem(Look);")]
    [InlineData("private async void Look()")]
    [InlineData("_timer = time.CreateTimer(Look, null, due, period);")]
    [InlineData("_timer = new Timer(Look);")]
    [InlineData("task.ContinueWith(Look);")]
    public void WhatBeginsWorkIsFound(string line) => Unsupervised().IsMatch(line).ShouldBeTrue();

    [Theory]
    [InlineData("_ = reader.GetString();")]
    [InlineData("loops.Begin(\"search\", ServeAsync);")]
    [InlineData("_timer = loops.CreateTimer(\"leases\", Sweep);")]
    public void WhatBeginsNoneIsNot(string line) => Unsupervised().IsMatch(line).ShouldBeFalse();

    [Theory]
    [InlineData("using var clock = new PeriodicTimer(PollInterval);")]
    [InlineData("using var clock = new PeriodicTimer(TimeSpan.FromSeconds(1));")]
    public void ATimerOfTheWallClockIsFound(string line) => WallClockTimer().IsMatch(line).ShouldBeTrue();

    private static IEnumerable<(string File, string Text)> Findings(Regex pattern) =>
        from source in Sources()
        from Match match in pattern.Matches(source.Text)
        select (source.File, $"{source.File}: {match.Value.Trim()}");

    private static IEnumerable<(string File, string Text)> Sources() =>
        from folder in new[] { "Gateway.Core", "Gateway.Api" }
        from file in SourceTree.CSharpFiles(folder)
        let name = SourceTree.Relative(file)
        where !name.StartsWith(Supervision, StringComparison.Ordinal)
        select (name, File.ReadAllText(file));

    [GeneratedRegex(@"^.*(?:Task\.Run\(|StartNew\(|new Thread\(|ThreadPool\.|async void |ContinueWith\(|new Timer\(|(?<!loops)\.CreateTimer\(|_ = \w+Async\().*$", RegexOptions.Multiline)]
    private static partial Regex Unsupervised();

    [GeneratedRegex(@"\bBackgroundService\b")]
    private static partial Regex HostedLoop();

    [GeneratedRegex(@"new PeriodicTimer\((?:[^,()]|\([^()]*\))*\)")]
    private static partial Regex WallClockTimer();

    [GeneratedRegex(@"Task (?:Run|Look)Async\(CancellationToken ")]
    private static partial Regex RunsUntilCancelled();
}
