using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>How many requests are worked on at one time, and how many may be. A test sets the limit, every request sits down and rises.</summary>
internal sealed class Seats
{
    private readonly Lock _lock = new();
    private Func<ObservedRequest, bool>? _filter;
    private int _limit = int.MaxValue;
    private int _taken;
    private int _most;
    private int _turnedAway;

    public int Most
    {
        get
        {
            lock (_lock)
                return _most;
        }
    }

    public int TurnedAway
    {
        get
        {
            lock (_lock)
                return _turnedAway;
        }
    }

    public void Limit(int limit, Func<ObservedRequest, bool>? filter)
    {
        lock (_lock)
            (_limit, _filter, _most, _turnedAway) = (limit, filter, 0, 0);
    }

    /// <summary>False: no seat is free. Who has one rises.</summary>
    public bool TrySit(ObservedRequest request, out bool isSeated)
    {
        lock (_lock)
        {
            isSeated = false;
            if (_limit == int.MaxValue || request.IsWatch || _filter?.Invoke(request) == false)
                return true;
            if (_taken >= _limit)
            {
                _turnedAway++;
                return false;
            }

            _taken++;
            _most = Math.Max(_most, _taken);
            return isSeated = true;
        }
    }

    public void Rise()
    {
        lock (_lock)
            _taken--;
    }
}
