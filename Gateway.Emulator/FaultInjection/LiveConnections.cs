using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>
/// The requests being served, each with a way to abort its connection. Written by requests as they begin and end; read by <see
/// cref="Faults"/>.
/// </summary>
internal sealed class LiveConnections
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (ObservedRequest Request, Action Abort)> _live = [];
    private long _next;

    public long Add(ObservedRequest request, Action abort)
    {
        lock (_gate)
        {
            _live[++_next] = (request, abort);
            return _next;
        }
    }

    public void Remove(long number)
    {
        lock (_gate)
            _live.Remove(number);
    }

    public int Count(Func<ObservedRequest, bool> matches)
    {
        lock (_gate)
            return _live.Values.Count(entry => matches(entry.Request));
    }

    /// <summary>Returns how many were aborted.</summary>
    public int Abort(Func<ObservedRequest, bool> matches)
    {
        // Under the lock: a request cannot end meanwhile, and one that has ended can no longer be aborted.
        lock (_gate)
        {
            List<Action> aborts = [.. _live.Values.Where(entry => matches(entry.Request)).Select(static entry => entry.Abort)];
            foreach (var abort in aborts)
                abort();
            return aborts.Count;
        }
    }
}
