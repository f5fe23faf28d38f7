namespace Gateway.Core.Diagnostics;

/// <summary>
/// Allows one log line of a kind per minute and counts the rest, so that repeated events, also those caused by untrusted callers, cannot
/// fill the log. Written by the code that logs, on any thread.
/// </summary>
public sealed class LogPace(TimeProvider time)
{
    // Kinds are few and chosen in the code; beyond this many, further kinds share one line.
    private const int MaxKinds = 256;
    private const string Others = "";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>True: log it, and say that <paramref name="leftOut"/> lines of its kind were not logged since the last one.</summary>
    public bool Allows(string kind, out long leftOut)
    {
        lock (_gate)
        {
            if (!_lines.ContainsKey(kind) && _lines.Count >= MaxKinds)
                kind = Others;
            leftOut = 0;
            if (_lines.TryGetValue(kind, out var last))
            {
                if (time.GetElapsedTime(last.At) < Interval)
                {
                    _lines[kind] = last with { LeftOut = last.LeftOut + 1 };
                    return false;
                }

                leftOut = last.LeftOut;
            }

            _lines[kind] = new Line(time.GetTimestamp(), 0);
            return true;
        }
    }

    private readonly record struct Line(long At, long LeftOut);
}
