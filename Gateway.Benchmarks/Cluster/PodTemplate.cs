using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks.Cluster;

/// <summary>
/// One ordinary pod, encoded once. All pods are copies of it with other digits: every number in it has a fixed width, so lengths are equal in
/// both formats, and a list of any number of pods costs the memory of one.
/// </summary>
internal sealed class PodTemplate
{
    // Seven digits: the pod; five: its service; ten: its version; three: a part of its address.
    private const string PodMark = "7777777", ServiceMark = "88888", VersionMark = "9999999999", HighMark = "191", MiddleMark = "192", LowMark = "193";

    private readonly byte[] _bytes;
    private readonly (int At, int Width, char What)[] _marks;

    private PodTemplate(byte[] bytes)
    {
        _bytes = bytes;
        _marks = [.. Find(PodMark, 'p'), .. Find(ServiceMark, 's'), .. Find(VersionMark, 'v'), .. Find(HighMark, 'h'), .. Find(MiddleMark, 'm'), .. Find(LowMark, 'l')];
    }

    public int Length => _bytes.Length;

    /// <summary>The bytes with the numbers of this pod.</summary>
    /// <param name="buffer">At least <see cref="Length"/> long.</param>
    public void Write(Span<byte> buffer, int pod, int service, long version)
    {
        _bytes.CopyTo(buffer);
        foreach (var (at, width, what) in _marks)
        {
            var value = what switch
            {
                'p' => pod,
                's' => service,
                'v' => version,
                'h' => 100 + (pod / (150 * 150)),
                'm' => 100 + (pod / 150 % 150),
                _ => 100 + (pod % 150),
            };
            for (var i = at + width - 1; i >= at; i--, value /= 10)
                buffer[i] = (byte)('0' + (value % 10));
        }
    }

    public static string NameOf(int pod) => $"pod-{pod.ToString("D7", CultureInfo.InvariantCulture)}";

    public static string UidOf(int pod) => $"0b5eadc7-4785-4949-b138-44{pod.ToString("D7", CultureInfo.InvariantCulture)}f06";

    public static string ServiceNameOf(int service) => $"service-{service.ToString("D5", CultureInfo.InvariantCulture)}";

    public static string AddressOf(int pod) =>
        string.Create(CultureInfo.InvariantCulture, $"10.{100 + (pod / (150 * 150))}.{100 + (pod / 150 % 150)}.{100 + (pod % 150)}");

    /// <summary>
    /// The metadata without its annotations, and what follows the metadata. In protobuf the metadata is without its head, in JSON without its
    /// closing brace: annotations can be added to both. JSON begins without the brace of the pod, so that kind and version can go first.
    /// </summary>
    public static (PodTemplate Metadata, PodTemplate Remainder) Of(WireFormat format, bool isReady)
    {
        var metadata = OrdinaryPod.Metadata(PodMark, UidOf(int.Parse(PodMark, CultureInfo.InvariantCulture)), "service-" + ServiceMark, VersionMark).Encode(format);
        var rest = OrdinaryPod.Rest("service-" + ServiceMark, $"10.{HighMark}.{MiddleMark}.{LowMark}", PodMark, isReady).Encode(format);
        // As JSON: "metadata":{...  and  },"spec":...}
        return format == WireFormat.Json
            ? (new([.. "\"metadata\":"u8, .. metadata.AsSpan()[..^1]]), new([.. "},"u8, .. rest.AsSpan()[1..]]))
            : (new(metadata), new(rest));
    }

    private List<(int At, int Width, char What)> Find(string mark, char what)
    {
        List<(int, int, char)> found = [];
        var text = Encoding.ASCII.GetBytes(mark);
        for (var at = 0; _bytes.AsSpan(at).IndexOf(text) is var next and >= 0; at += next + text.Length)
            found.Add((at + next, text.Length, what));
        return found;
    }
}
