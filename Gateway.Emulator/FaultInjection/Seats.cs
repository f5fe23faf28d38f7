using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>Counts and limits the requests that run at one time. A test sets the limit; every request enters and leaves.</summary>
internal sealed class Seats
{
    private readonly Lock _gate = new();
    private Func<ObservedRequest, bool>? _filter;
    private int _limit = int.MaxValue;
    private int _taken;
    private int _most;
    private int _throttled;

    public int Most
    {
        get
        {
            lock (_gate)
                return _most;
        }
    }

    public int Throttled
    {
        get
        {
            lock (_gate)
                return _throttled;
        }
    }

    public void Limit(int limit, Func<ObservedRequest, bool>? filter)
    {
        lock (_gate)
            (_limit, _filter, _most, _throttled) = (limit, filter, 0, 0);
    }

    /// <summary>
    /// False when the limit is reached. A caller for which <paramref name="isCounted"/> is true must call <see cref="Leave"/>.
    /// </summary>
    public bool TryEnter(ObservedRequest request, out bool isCounted)
    {
        lock (_gate)
        {
            isCounted = false;
            if (_limit == int.MaxValue || request.IsWatch || _filter?.Invoke(request) == false)
                return true;
            if (_taken >= _limit)
            {
                _throttled++;
                return false;
            }

            _taken++;
            _most = Math.Max(_most, _taken);
            return isCounted = true;
        }
    }

    public void Leave()
    {
        lock (_gate)
            _taken--;
    }
}
