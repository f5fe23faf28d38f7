using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>The requests being served, each with a way to break its connection off. Written by requests as they begin and end; read by <see cref="Faults"/>.</summary>
internal sealed class LiveConnections
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (ObservedRequest Request, Action Abort)> _live = [];
    private long _next;

    public long Add(ObservedRequest request, Action abort)
    {
        lock (_lock)
        {
            _live[++_next] = (request, abort);
            return _next;
        }
    }

    public void Remove(long number)
    {
        lock (_lock)
            _live.Remove(number);
    }

    public int Count(Func<ObservedRequest, bool> matches)
    {
        lock (_lock)
            return _live.Values.Count(entry => matches(entry.Request));
    }

    /// <summary>How many were broken off.</summary>
    public int Abort(Func<ObservedRequest, bool> matches)
    {
        List<Action> aborts;
        lock (_lock)
            aborts = [.. _live.Values.Where(entry => matches(entry.Request)).Select(static entry => entry.Abort)];
        foreach (var abort in aborts)
        {
            try
            {
                abort();
            }
            catch (ObjectDisposedException)
            {
                // Its request has ended by itself in the meantime.
            }
        }

        return aborts.Count;
    }
}
