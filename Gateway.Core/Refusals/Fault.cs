namespace Gateway.Core.Refusals;

/// <summary>One fault of a request: where (a JSON pointer into the body, or a query parameter), a stable code, a sentence.</summary>
public sealed record Fault(string? Pointer, string? Parameter, string Code, string Detail);

/// <summary>What callers wrote, as far as an answer repeats it.</summary>
public static class FaultText
{
    private const int Shown = 100;

    /// <summary>At most the first 100 characters; a surrogate pair is not cut in two.</summary>
    public static string Shortened(string text) =>
        text.Length <= Shown ? text : $"{text.AsSpan(0, char.IsHighSurrogate(text[Shown - 1]) ? Shown - 1 : Shown)}...";
}
