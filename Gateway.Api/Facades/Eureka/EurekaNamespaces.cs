using System.Collections.Concurrent;
using Gateway.Core.Registry;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// The namespaces that Eureka's clients read, each with its applications and late changes. Written by the first reader; one that was not read for an hour
/// is dropped when another comes, and what is read of it next begins a new retention.
/// </summary>
internal sealed class EurekaNamespaces(FacadeReader reader, TimeProvider time)
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Read> _read = new(StringComparer.Ordinal);

    /// <summary>What the call sees; nothing of it is noted as consumed yet.</summary>
    public EurekaRead Of(FacadeCall call)
    {
        var view = reader.View(call);
        if (!_read.TryGetValue(call.Namespace, out var read))
            read = Add(call.Namespace, isKept: view.List.Count > 0);
        read.At = time.GetTimestamp();
        return new EurekaRead(view, read.Namespace, read.Namespace.At(view));
    }

    // Any name may be asked for; only what has services takes memory.
    private Read Add(string ns, bool isKept)
    {
        var made = new Read(new EurekaNamespace(time)) { At = time.GetTimestamp() };
        if (!isKept)
            return made;
        foreach (var (name, one) in _read)
        {
            if (time.GetElapsedTime(one.At) > Idle)
                _read.TryRemove(name, out _);
        }

        return _read.GetOrAdd(ns, made);
    }

    private sealed class Read(EurekaNamespace ns)
    {
        private long _at;

        public EurekaNamespace Namespace => ns;

        public long At
        {
            get => Interlocked.Read(ref _at);
            set => Interlocked.Exchange(ref _at, value);
        }
    }
}

/// <summary>What one call sees of its namespace: the state, and what changed lately.</summary>
internal readonly record struct EurekaRead(FacadeView View, EurekaNamespace Namespace, EurekaDirectory Directory)
{
    /// <summary>The state that the call saw, or the later one of the directory; whether it is stale is said of the same state later too.</summary>
    public RegistrySnapshot Snapshot => View.Snapshot.Sequence >= Directory.Snapshot.Sequence ? View.Snapshot : Directory.Snapshot;

    /// <summary>The state, for what is read of all of it.</summary>
    public EurekaDirectory All()
    {
        View.NoteAll();
        return Directory;
    }

    public EurekaApplication? Find(string app)
    {
        var found = Directory.Find(app);
        if (found is not null)
            View.Note(found.Services);
        return found;
    }
}
