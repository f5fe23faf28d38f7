using System.Globalization;
using Gateway.Core.Results;
using Microsoft.Extensions.Primitives;

namespace Gateway.Api.Requests;

/// <summary>
/// Reads query parameters strictly: each is read by name, each fault is added to the list, and <see cref="Finish"/> refuses parameters that
/// were not read. Used by one request.
/// </summary>
public struct QueryReader(IQueryCollection query, FaultList faults)
{
    private int _taken;

    public string? Text(string name)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        _taken++;
        if (values.Count == 1)
            return values[0] ?? "";
        faults.AtParameter(name, FaultCodes.Repeated, $"'{name}' must appear only once.");
        return null;
    }

    /// <summary>All values of a repeatable parameter.</summary>
    public StringValues Texts(string name)
    {
        if (!query.TryGetValue(name, out var values))
            return StringValues.Empty;
        _taken++;
        return values;
    }

    public int? Integer(string name, int minimum, int maximum)
    {
        if (Text(name) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum)
            return number;
        faults.AtParameter(name, FaultCodes.OutOfRange, $"'{name}' must be an integer from {minimum} to {maximum}.");
        return null;
    }

    /// <summary>See <see cref="DurationText"/>.</summary>
    public TimeSpan? Duration(string name, TimeSpan maximum)
    {
        if (Text(name) is not { } text)
            return null;
        if (!DurationText.TryParse(text, out var duration))
            faults.AtParameter(name, FaultCodes.InvalidValue, $"'{name}' must be a duration such as 30s, 1m30s, 500ms or plain seconds, at most {DurationText.Format(maximum)}.");
        else if (duration > maximum)
            faults.AtParameter(name, FaultCodes.OutOfRange, $"'{name}' may be at most {DurationText.Format(maximum)}.");
        else
            return duration;
        return null;
    }

    /// <summary>RFC 3339 with a zone: <c>2026-11-20T12:00:00Z</c>.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (TimeText.TryParse(text, out var time))
            return time;
        faults.AtParameter(name, FaultCodes.InvalidValue, $"'{name}' must be a time of RFC 3339 with its zone, such as 2026-11-20T12:00:00Z (a + of a zone is written %2B).");
        return null;
    }

    /// <summary>For a call that says everything in its body.</summary>
    public readonly void FinishForBody()
    {
        foreach (var name in query.Keys.TakeWhile(NotCut))
        {
            var shown = FaultText.Shortened(name);
            faults.AtParameter(shown, FaultCodes.UnknownParameter, $"Unknown parameter '{shown}': what is registered is said in the body, not in the query.");
        }
    }

    private readonly bool NotCut(string name) => !faults.IsCut;

    public readonly void Finish(params ReadOnlySpan<string> known)
    {
        if (_taken == query.Count)
            return;
        var there = string.Join(", ", known.ToArray());
        foreach (var name in query.Keys)
        {
            if (faults.IsCut)
                return;
            if (known.Contains(name))
                continue;
            var shown = FaultText.Shortened(name);
            faults.AtParameter(
                shown, FaultCodes.UnknownParameter, known.IsEmpty ? $"Unknown parameter '{shown}'; this call takes none." : $"Unknown parameter '{shown}'; known: {there}.");
        }
    }
}
