using System.Text;

namespace Gateway.Core.Kubernetes.Models.Decoding;

/// <summary>
/// Lets strings that come again and again (namespaces, label keys and values, node and container names) be one object. It is a cache of fixed
/// size in which a newcomer takes its predecessor's place, so it needs no lock: every reflector reads and writes it, and the worst that a
/// race costs is a second copy.
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
        // Only ASCII compares equal here; anything else is read anew each time.
        if (slot is { } pooled && Ascii.Equals(utf8, pooled))
            return pooled;
        return slot = Encoding.UTF8.GetString(utf8);
    }

    /// <summary>A map of equal content: the pods of a deployment share their labels.</summary>
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
