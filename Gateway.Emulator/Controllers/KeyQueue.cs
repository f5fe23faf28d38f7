using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>Keys to be worked on, each at most once, in the order in which they first came. Written and read by one loop.</summary>
internal sealed class KeyQueue
{
    private readonly HashSet<ObjectKey> _known = [];
    private readonly Queue<ObjectKey> _order = [];

    public void Add(ObjectKey key)
    {
        if (_known.Add(key))
        {
            _order.Enqueue(key);
        }
    }

    public void AddRange(IEnumerable<ObjectKey> keys)
    {
        foreach (var key in keys)
        {
            Add(key);
        }
    }

    public bool TryTake(out ObjectKey key) => _order.TryDequeue(out key) && _known.Remove(key);

    public void Clear()
    {
        _known.Clear();
        _order.Clear();
    }
}
