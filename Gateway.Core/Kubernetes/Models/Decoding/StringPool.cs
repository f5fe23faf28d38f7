using System.Text;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// Shares the strings that repeat in many objects: namespaces, label keys and values, node and container names. A cache of fixed size in
/// which a new string replaces the old one in its slot, so it needs no lock: every reflector reads and writes it, and a race costs at most
/// a second copy.
/// </summary>
public sealed class StringPool
{
    private const int Slots = 1 << 14;

    // Longer strings seldom repeat.
    private const int LongestBytes = 128;

    private readonly string?[] _strings = new string?[Slots];
    private readonly StringMap?[] _maps = new StringMap?[Slots];

    /// <summary>The string of these UTF-8 bytes (without escapes).</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        if (utf8.Length > LongestBytes)
            return Encoding.UTF8.GetString(utf8);

        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var slot = ref _strings[(uint)hash.ToHashCode() % Slots];
        // Only ASCII can be compared here; any other string is decoded every time.
        if (slot is { } pooled && Ascii.Equals(utf8, pooled))
            return pooled;
        return slot = Encoding.UTF8.GetString(utf8);
    }

    /// <summary>A pooled map with equal content, if there is one: the pods of a deployment share their labels.</summary>
    public StringMap Share(StringMap map)
    {
        if (map.Count == 0)
            return StringMap.Empty;
        ref var slot = ref _maps[(uint)map.GetHashCode() % Slots];
        if (slot is { } pooled && pooled.Equals(map))
            return pooled;
        return slot = map;
    }
}
