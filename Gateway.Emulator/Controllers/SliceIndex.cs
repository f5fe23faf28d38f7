using System.Text.Json.Nodes;
using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Controllers;

/// <summary>
/// The stored slices by the Service they name. Their parsed trees are kept: one changed endpoint of 5,000 means comparing 50 slices.
/// Written and read by the endpoint controller's loop alone.
/// </summary>
internal sealed class SliceIndex
{
    private readonly Dictionary<ObjectKey, Dictionary<string, JsonObject>> _slices = [];
    private readonly Dictionary<ObjectKey, ObjectKey> _serviceOf = [];

    public IReadOnlyCollection<JsonObject> Of(ObjectKey service) => _slices.TryGetValue(service, out var slices) ? slices.Values : [];

    /// <returns>The Services that had or have this slice.</returns>
    public IEnumerable<ObjectKey> Set(ObjectKey key, StoredObject? slice)
    {
        List<ObjectKey> touched = [];
        if (_serviceOf.Remove(key, out var old) && _slices.TryGetValue(old, out var former))
        {
            former.Remove(key.Name);
            if (former.Count == 0)
            {
                _slices.Remove(old);
            }

            touched.Add(old);
        }

        if (slice is not null && slice.Labels.TryGetValue(SliceTemplate.ServiceNameLabel, out var name))
        {
            var service = new ObjectKey(key.Namespace, name);
            _serviceOf[key] = service;
            if (!_slices.TryGetValue(service, out var slices))
            {
                _slices.Add(service, slices = new Dictionary<string, JsonObject>(StringComparer.Ordinal));
            }

            slices[key.Name] = slice.Copy();
            touched.Add(service);
        }

        return touched;
    }

    public void Clear()
    {
        _slices.Clear();
        _serviceOf.Clear();
    }
}
