using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gateway.Core.Results;

/// <summary>
/// Why a call is not carried out: a stable code of the contract (section 2, errors), a sentence for people, and every fault found at once.
/// A refusal is a result, not an exception; nothing was written, unless it says <see cref="MayHaveBeenApplied"/>.
/// </summary>
public sealed record Refusal(string Code, string Detail)
{
    /// <summary>The most faults that are collected and reported of one request.</summary>
    public const int MaxFaults = 100;

    public ImmutableArray<Fault> Faults { get; init; } = [];

    /// <summary>A write was sent, and no answer says whether it was applied.</summary>
    public bool MayHaveBeenApplied { get; init; }

    /// <summary>When to retry; null: waiting does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>One fault of a request: where (a JSON pointer into the body, or a query parameter), a stable code, a sentence.</summary>
public sealed record Fault(string? Pointer, string? Parameter, string Code, string Detail);

/// <summary>Shortens callers' text where an answer repeats it.</summary>
public static class FaultText
{
    private const int Shown = 100;

    /// <summary>At most the first 100 characters; a surrogate pair is not cut in two.</summary>
    public static string Shortened(string text) =>
        text.Length <= Shown ? text : $"{text.AsSpan(0, char.IsHighSurrogate(text[Shown - 1]) ? Shown - 1 : Shown)}...";

    /// <summary>
    /// "; character 7 is U+2010", for the end of a sentence that says which characters a text may have: what looks like a hyphen may be none.
    /// "" where each is allowed.
    /// </summary>
    public static string Offending(string text, SearchValues<char> allowed)
    {
        var at = text.AsSpan().IndexOfAnyExcept(allowed);
        if (at < 0)
            return "";
        var shown = text[at] switch
        {
            ' ' => "a space",
            > ' ' and <= '~' => $"'{text[at]}'",
            _ when Rune.TryGetRuneAt(text, at, out var rune) => string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"U+{(int)text[at]:X4}"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"; character {at + 1} is {shown}");
    }
}
