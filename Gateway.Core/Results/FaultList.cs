using System.Collections.Immutable;

namespace Gateway.Core.Results;

/// <summary>
/// Gathers the faults of one request, each once, so that all are told at once. Written by the readers of that request alone, which end early where
/// <see cref="IsCut"/> says so: at <see cref="Refusal.MaxFaults"/>, or where one of them came to a limit.
/// </summary>
public sealed class FaultList
{
    // Most requests have none.
    private List<Fault>? _faults;
    private HashSet<Fault>? _known;
    private HashSet<string>? _pointers;
    private int _found;

    public bool IsEmpty => _faults is null;

    public IReadOnlyList<Fault> Faults => _faults ?? [];

    /// <summary>Reading ends here: what comes behind is not looked at, and there may be more faults.</summary>
    public bool IsCut { get; private set; }

    public void AtPointer(string pointer, string code, string detail) => Add(new Fault(pointer, null, code, detail));

    public void AtParameter(string parameter, string code, string detail) => Add(new Fault(null, parameter, code, detail));

    public void AddRange(ImmutableArray<Fault> faults)
    {
        foreach (var fault in faults)
            Add(fault);
    }

    /// <summary>
    /// A fault of a value, found after reading. A member that already has a fault (a wrong type) is not also reported as missing, nor is one
    /// that may come after the point where reading ended; nested members were read completely.
    /// </summary>
    /// <param name="pointer">The body's.</param>
    /// <param name="member">The pointer of the value below it.</param>
    /// <param name="code">One of <see cref="FaultCodes"/>.</param>
    /// <param name="detail">A sentence.</param>
    public void OfValue(string pointer, string member, string code, string detail)
    {
        var at = pointer + member;
        var mayFollow = IsCut && code == FaultCodes.Missing && member.LastIndexOf('/') == 0;
        if (_pointers?.Contains(at) != true && !mayFollow)
            AtPointer(at, code, detail);
    }

    public void Cut() => IsCut = true;

    /// <param name="code">The problem's code.</param>
    /// <param name="what">What is wrong, without an end: what <c>errors</c> holds is said here.</param>
    /// <param name="consequence">A sentence that ends it; "": none.</param>
    public Refusal ToRefusal(string code, string what, string consequence = "") =>
        new(code, $"{what}; {Extent}{(consequence.Length == 0 ? "" : " ")}{consequence}") { Faults = [.. _faults ?? []] };

    /// <summary>What is wrong with the parameters of a call.</summary>
    public Refusal ToRefusal() => ToRefusal(RefusalCodes.InvalidParameter, "Parameters are wrong");

    private string Extent => IsCut
        ? $"reading ended after the {(_faults is [_] ? "fault" : $"{_faults?.Count} faults")} in 'errors', and there may be more."
        : "'errors' names every fault.";

    private void Add(Fault fault)
    {
        if (_found == Refusal.MaxFaults)
            return;

        // A fault that is found again and again costs as much as a new one.
        IsCut |= ++_found == Refusal.MaxFaults;
        if (!(_known ??= []).Add(fault))
            return;
        (_faults ??= []).Add(fault);
        if (fault.Pointer is { } pointer)
            (_pointers ??= new(StringComparer.Ordinal)).Add(pointer);
    }
}

/// <summary>The stable codes inside <c>errors</c> of a problem: the fault of one member or parameter.</summary>
public static class FaultCodes
{
    public const string Missing = "missing";
    public const string UnknownMember = "unknown-member";
    public const string UnknownParameter = "unknown-parameter";
    public const string Repeated = "repeated";
    public const string WrongType = "wrong-type";
    public const string OutOfRange = "out-of-range";
    public const string InvalidValue = "invalid-value";
    public const string TooLong = "too-long";
    public const string Syntax = "syntax";
}

/// <summary>JSON pointers (RFC 6901) into a request body. A member's name that is far too long is shown by its beginning.</summary>
public static class JsonPointer
{
    public static string Append(string pointer, string member) =>
        $"{pointer}/{FaultText.Shortened(member).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    public static string Append(string pointer, int index) => $"{pointer}/{index}";
}
