using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>The armed faults of one sort, oldest first. Tests add and clear, requests take; every access holds its lock.</summary>
internal sealed class RuleList<T>
{
    private readonly Lock _gate = new();
    private readonly List<Rule<T>> _rules = [];
    private volatile bool _isEmpty = true;

    public void Add(Func<ObservedRequest, bool>? filter, int times, T effect)
    {
        lock (_gate)
        {
            _rules.Add(new Rule<T>(filter, times, effect));
            _isEmpty = false;
        }
    }

    /// <summary>Takes one use of the first rule that applies to the request.</summary>
    public bool TryTake(ObservedRequest request, out T effect)
    {
        effect = default!;
        if (_isEmpty)
            return false;
        lock (_gate)
        {
            var rule = _rules.Find(candidate => candidate.Concerns(request));
            if (rule is null)
                return false;
            effect = rule.Effect;
            if (rule.Remaining != int.MaxValue && --rule.Remaining == 0)
            {
                _rules.Remove(rule);
                _isEmpty = _rules.Count == 0;
            }
            return true;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _rules.Clear();
            _isEmpty = true;
        }
    }
}
