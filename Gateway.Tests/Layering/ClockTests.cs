using System.Text.RegularExpressions;

namespace Gateway.Tests.Layering;

/// <summary>Every time and every wait of the gateway is that of the injected <see cref="TimeProvider"/>, so tests can move it.</summary>
public sealed partial class ClockTests
{
    /// <summary>Waits for another program, which knows no other time.</summary>
    private static readonly string[] Excepted = ["Gateway.Core/Kubernetes/Client/Connections/ExecPlugin.cs"];

    [Fact]
    public void NothingReadsTheWallClockOrWaitsByIt() =>
        (from folder in new[] { "Gateway.Core", "Gateway.Api" }
         from file in SourceTree.CSharpFiles(folder)
         let name = SourceTree.Relative(file)
         where !Excepted.Contains(name)
         from finding in WallClock(File.ReadAllText(file))
         select $"{name}: {finding}").ShouldBeEmpty();

    [Theory]
    [InlineData("var now = DateTime.UtcNow;")]
    [InlineData("var now = DateTimeOffset.Now;")]
    [InlineData("var started = Stopwatch.GetTimestamp();")]
    [InlineData("var ticks = Environment.TickCount64;")]
    [InlineData("Thread.Sleep(10);")]
    [InlineData("await Task.Delay(PollInterval, cancellationToken);")]
    [InlineData("await Task.Delay(TimeSpan.FromSeconds(1));")]
    [InlineData("using var limit = new CancellationTokenSource(Limit);")]
    [InlineData("using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));")]
    [InlineData("using var both = CancellationTokenSource.CreateLinkedTokenSource(token); both.CancelAfter(Limit);")]
    [InlineData("private readonly SemaphoreSlim _signal = new(0); await _signal.WaitAsync(PollInterval, cancellationToken);")]
    [InlineData("await answered.Task.WaitAsync(options.CallTimeout, cancellationToken);")]
    [InlineData("await answered.WaitAsync(TimeSpan.FromSeconds(1));")]
    [InlineData(": this(Layout, TimeProvider.System)")]
    public void TheWallClockIsFound(string line) => WallClock(line).ShouldNotBeEmpty();

    [Theory]
    [InlineData("await Task.Delay(Gather, _time, cancellationToken);")]
    [InlineData("await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);")]
    [InlineData("using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);")]
    [InlineData("await Task.Delay(_context.Options.RefusedRetry, _context.Time, cancellationToken);")]
    [InlineData("var ending = new CancellationTokenSource();")]
    [InlineData("using var silent = new CancellationTokenSource(Limit, time); silent.CancelAfter(Limit);")]
    [InlineData("private readonly SemaphoreSlim _gate = new(1, 1); await _gate.WaitAsync(cancellationToken);")]
    [InlineData("await answered.Task.WaitAsync(timeout, time, cancellationToken);")]
    [InlineData("await handedOver.WaitAsync(cancellationToken);")]
    [InlineData("await registry.WaitAsync(snapshot => snapshot.HasSynced, options.VisibilityTimeout, cancellationToken);")]
    [InlineData("_time = time ?? TimeProvider.System;")]
    public void TheInjectedTimeIsNot(string line) => WallClock(line).ShouldBeEmpty();

    private static IEnumerable<string> WallClock(string source) =>
        [
            .. Reading().Matches(source).Select(static match => match.Value),
            .. Waiting().Matches(source).Where(static match => !Injected().IsMatch(match.Value)).Select(static match => match.Value),
            .. WaitingForATask().Matches(source).Where(static match => !Injected().IsMatch(match.Value) && !match.Value.Contains("=>", StringComparison.Ordinal))
                .Select(static match => match.Value),
            .. Postponing().Matches(source)
                .Where(match => !Regex.IsMatch(source, $@"\b{match.Groups[1].Value} = new CancellationTokenSource\([^;]*\b_?[tT]ime\)"))
                .Select(static match => match.Value),
        ];

    [GeneratedRegex(@"\bDateTime(?:Offset)?\.(?:Utc)?(?:Now|Today)\b|\bStopwatch\b|\bTickCount(?:64)?\b|\bThread\.Sleep\b|(?<!\?\? |TryAddSingleton\(|Open\(settings\.Kubernetes, )\bTimeProvider\.System\b")]
    private static partial Regex Reading();

    [GeneratedRegex(@"(?:Task\.Delay|new CancellationTokenSource)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))+\)")]
    private static partial Regex Waiting();

    [GeneratedRegex(@"\.WaitAsync\((?:[^()]|\([^()]*\))*(?:Limit|Time[oO]ut|Interval|TimeSpan|left)\b(?:[^()]|\([^()]*\))*\)", RegexOptions.IgnoreCase)]
    private static partial Regex WaitingForATask();

    [GeneratedRegex(@"\b(\w+)\.CancelAfter\(")]
    private static partial Regex Postponing();

    [GeneratedRegex(@"\b_?[tT]ime\b")]
    private static partial Regex Injected();
}
