using System.Collections.Concurrent;
using Gateway.Core.Registry;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// When each client says that its instance changed last (lastDirtyTimestamp), by pod and alias: of the last body that this replica took. In memory alone:
/// in the record it would make every body a write. Unknown after a start, and on a replica that took no body: then nothing is asked for.
/// </summary>
internal sealed class EurekaDirtyTimes(RegistryState state)
{
    // Far more than one replica's pods; what is above it is of pods and ids that are gone.
    internal const int Enough = 50_000;

    /// <summary>The client's next heartbeat is answered with 404, so that the client sends its body.</summary>
    private const long Ask = long.MinValue;

    private readonly ConcurrentDictionary<(string Uid, string Alias), long> _times = new();
    private int _most = Enough;

    internal int Count => _times.Count;

    /// <summary>A body was taken.</summary>
    public void Set(string uid, string alias, long? time)
    {
        if (time is { } said)
            _times[(uid, alias)] = said;
        else
            _times.TryRemove((uid, alias), out _);
        if (_times.Count > Volatile.Read(ref _most))
            DropGone();
    }

    /// <summary>The status was left to the client: its next heartbeat has to bring it.</summary>
    public void AskFor(string uid, string alias) => _times[(uid, alias)] = Ask;

    public void Remove(string uid, string alias) => _times.TryRemove((uid, alias), out _);

    /// <summary>A heartbeat says a later time than the last body did: the client changed, and has to send it again.</summary>
    public bool IsBehind(string uid, string alias, long? said) =>
        _times.TryGetValue((uid, alias), out var known) && (known == Ask || said > known);

    /// <summary>A body is older than the one that was taken last.</summary>
    public bool IsOlder(string uid, string alias, long? said) => _times.TryGetValue((uid, alias), out var known) && said < known;

    // A pod may say another id each time: only those that it still has are kept.
    private void DropGone()
    {
        var live = new HashSet<(string Uid, string Alias)>();
        foreach (var pod in state.Current.Pods.Values)
        {
            foreach (var record in pod.AsRead.Registrations)
            {
                if (record.ClientOf(EurekaInstance.Protocol) is { } alias)
                    live.Add((pod.Pod.Metadata.Uid, alias.Id));
            }
        }

        foreach (var key in _times.Keys)
        {
            if (!live.Contains(key))
                _times.TryRemove(key, out _);
        }

        // It visits all, so it runs rarely.
        Volatile.Write(ref _most, Math.Max(Enough, 2 * _times.Count));
    }
}
