using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>Keys waiting for work, each at most once, in the order in which they were first added. Written and read by one loop.</summary>
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
