using System.Collections.Concurrent;

namespace Gateway.Core.Registry.Projection;

/// <summary>
/// The time of each registration's last POST, including a POST that wrote nothing and is in no annotation (contract, section 1: status
/// DOWN). Written by the write side after a successful POST; read by the projector, which forgets ids of removed registrations.
/// </summary>
public interface IPostLog
{
    void Note(string id, DateTimeOffset at);

    DateTimeOffset? LastPost(string id);

    void Forget(string id);

    /// <summary>The number of notes, those of removed registrations included.</summary>
    int Count { get; }

    /// <summary>
    /// Removes the notes of POSTs before <paramref name="before"/> whose registrations do not exist: a note may come after the registration was
    /// removed, from a POST that was being answered or from another replica.
    /// </summary>
    void Sweep(IReadOnlySet<string> living, DateTimeOffset before);

    /// <summary>Raised with the id after each <see cref="Note"/>, on its thread; handlers must only signal.</summary>
    event Action<string>? Noted;
}

/// <summary>The POSTs that this process answered. Written by any thread; the projector reads and forgets.</summary>
public sealed class MemoryPostLog : IPostLog
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _posts = new(StringComparer.Ordinal);

    public event Action<string>? Noted;

    public int Count => _posts.Count;

    public void Note(string id, DateTimeOffset at)
    {
        _posts.AddOrUpdate(id, static (_, now) => now, static (_, known, now) => known > now ? known : now, at);
        Noted?.Invoke(id);
    }

    public DateTimeOffset? LastPost(string id) => _posts.TryGetValue(id, out var at) ? at : null;

    public void Forget(string id) => _posts.TryRemove(id, out _);

    public void Sweep(IReadOnlySet<string> living, DateTimeOffset before)
    {
        foreach (var note in _posts)
        {
            if (note.Value < before && !living.Contains(note.Key))
                _posts.TryRemove(note);
        }
    }
}
