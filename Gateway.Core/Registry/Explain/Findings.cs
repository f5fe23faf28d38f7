namespace Gateway.Core.Registry.Explain;

/// <summary>Collects what one check found to be wrong: the first few in full, the rest as a number. Used by one check.</summary>
internal sealed class Findings(string check)
{
    private const int MaxShown = 5;
    private readonly List<string> _found = [];
    private readonly List<string> _help = [];
    private int _count;

    public bool Any => _count > 0;

    public void Add(string found, string help)
    {
        if (++_count > MaxShown)
            return;
        _found.Add(found);
        if (!_help.Contains(help))
            _help.Add(help);
    }

    /// <param name="passed">What was found where nothing is wrong.</param>
    /// <param name="hasChecked">False: there was nothing to check.</param>
    public ExplainedCheck ToCheck(string passed, bool hasChecked = true)
    {
        if (!Any)
            return new(check, hasChecked ? true : null, passed, null);
        var rest = _count > MaxShown ? $" And {_count - MaxShown} more." : "";
        return new(check, false, string.Join(' ', _found) + rest, string.Join(' ', _help));
    }
}
