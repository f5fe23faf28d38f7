using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Gateway.Core.Kubernetes.Models;
using Gateway.Core.Registry.Projecting;
using Gateway.Core.Registry.Revisions;

namespace Gateway.Core.Registry.Saved;

/// <summary>
/// A saved registry as compressed lines: a head with the revision, one JSON object a line under a letter that says its kind, and an end that counts
/// them. One object is read at a time, and an unreadable one does not affect the others.
/// </summary>
internal static partial class SavedRegistryBytes
{
    private const string Head = "registry-gateway state 1 ";
    private const char End = '.';

    /// <summary>Null: it is larger than a replica would read.</summary>
    public static byte[]? Write(SavedRegistry saved, SavedRegistryLimits limits)
    {
        using var bytes = new MemoryStream();
        using (var brotli = new BufferedStream(new BrotliStream(bytes, CompressionLevel.Fastest, leaveOpen: true), 64 * 1024))
        {
            var lines = new Writer(brotli, limits.UnpackedBytes);
            lines.Write(Head + saved.Revision);
            lines.Write('P', saved.Pods, Json.Default.Pod);
            lines.Write('S', saved.Services, Json.Default.Service);
            lines.Write('E', saved.Slices, Json.Default.EndpointSlice);
            lines.Write('O', saved.Endpoints, Json.Default.Endpoints);
            lines.Write('N', saved.Nodes, Json.Default.Node);
            lines.Write(End + lines.Count.ToString(CultureInfo.InvariantCulture));
            if (lines.Bytes > limits.UnpackedBytes)
                return null;
        }

        return bytes.Length <= limits.PackedBytes ? bytes.ToArray() : null;
    }

    /// <summary>
    /// Null when it is incomplete, is too large, or no object of some kind can be read (another version of the gateway wrote it): unknown is not
    /// empty. <paramref name="skipped"/>: lines that could not be read.
    /// </summary>
    public static SavedRegistry? Read(byte[] bytes, SavedRegistryLimits limits, out int skipped)
    {
        skipped = 0;
        if (bytes.Length > limits.PackedBytes)
            return null;
        try
        {
            using var brotli = new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
            var lines = new BoundedLines(brotli, SavedRegistryLimits.LineBytes, limits.UnpackedBytes);
            if (!lines.TryRead(out var first) || RevisionOf(first) is not { } revision)
                return null;
            var pods = new Kind<Pod>(Json.Default.Pod, SavedObjectRules.IsSound);
            var services = new Kind<Service>(Json.Default.Service, SavedObjectRules.IsSound);
            var slices = new Kind<EndpointSlice>(Json.Default.EndpointSlice, SavedObjectRules.IsSound);
            var endpoints = new Kind<Endpoints>(Json.Default.Endpoints, SavedObjectRules.IsSound);
            var nodes = new Kind<Node>(Json.Default.Node, SavedObjectRules.IsSound);
            long items = 0;
            var unknown = 0;
            string? end = null;
            while (end is null && lines.TryRead(out var line))
            {
                var letter = line.IsEmpty ? '\0' : (char)line[0];
                items += letter switch
                {
                    'P' => pods.Read(line, static _ => 1),
                    'S' => services.Read(line, static _ => 1),
                    'E' => slices.Read(line, static slice => 1 + slice.Endpoints.Length),
                    'O' => endpoints.Read(line, static one => 1 + one.Slices.Sum(static slice => 1 + slice.Endpoints.Length)),
                    'N' => nodes.Read(line, static _ => 1),
                    _ => 1,
                };
                if (letter == End)
                    end = Encoding.Latin1.GetString(line[1..]);
                else if (letter is not ('P' or 'S' or 'E' or 'O' or 'N'))
                    unknown++;
                if (items > limits.Items)
                    return null;
            }

            skipped = unknown + lines.Skipped + pods.Skipped + services.Skipped + slices.Skipped + endpoints.Skipped + nodes.Skipped;
            var all = skipped + pods.Count + services.Count + slices.Count + endpoints.Count + nodes.Count;
            if (end != all.ToString(CultureInfo.InvariantCulture) || pods.IsLost || services.IsLost || slices.IsLost || endpoints.IsLost)
                return null;
            return new SavedRegistry(default, revision, pods.Take(), services.Take(), slices.Take(), endpoints.Take(), nodes.Take());
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or InvalidOperationException)
        {
            // Not brotli, cut off, or too long.
            return null;
        }
    }

    private static string? RevisionOf(ReadOnlySpan<byte> line)
    {
        if (line.Length > Head.Length + Revision.MaxLength || !line.StartsWith(Encoding.ASCII.GetBytes(Head)))
            return null;
        var text = Encoding.Latin1.GetString(line[Head.Length..]);
        return SavedObjectRules.IsRevision(text) ? text : "";
    }

    /// <summary>Writes and counts lines; beyond the most bytes it writes no more.</summary>
    private sealed class Writer(Stream stream, long most)
    {
        public int Count { get; private set; }

        public long Bytes { get; private set; }

        public void Write(string line) => Write(Encoding.ASCII.GetBytes(line));

        public void Write<T>(char letter, ImmutableArray<T> items, JsonTypeInfo<T> type)
        {
            foreach (var item in items)
            {
                if (Bytes > most)
                    return;
                stream.WriteByte((byte)letter);
                Write(JsonSerializer.SerializeToUtf8Bytes(item, type));
                Bytes++;
                Count++;
            }
        }

        private void Write(byte[] line)
        {
            stream.Write(line);
            stream.WriteByte((byte)'\n');
            Bytes += line.Length + 1;
        }
    }

    /// <summary>The objects of one kind that could be read, and how many could not.</summary>
    private sealed class Kind<T>(JsonTypeInfo<T> type, Func<T, bool> isSound)
        where T : class
    {
        private readonly ImmutableArray<T>.Builder _items = ImmutableArray.CreateBuilder<T>();

        public int Count => _items.Count;

        public int Skipped { get; private set; }

        /// <summary>There were some, and none could be read.</summary>
        public bool IsLost => Skipped > 0 && Count == 0;

        /// <summary>The number of objects that it counts as.</summary>
        public int Read(ReadOnlySpan<byte> line, Func<T, int> size)
        {
            try
            {
                if (JsonSerializer.Deserialize(line[1..], type) is { } item && isSound(item))
                {
                    _items.Add(item);
                    return size(item);
                }
            }
            catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or ArgumentException or NotSupportedException)
            {
                // Only this object is skipped.
            }

            Skipped++;
            return 1;
        }

        public ImmutableArray<T> Take() => _items.DrainToImmutable();
    }

    // Computed members are not written. Every written member is required.
    [JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Pod))]
    [JsonSerializable(typeof(Service))]
    [JsonSerializable(typeof(EndpointSlice))]
    [JsonSerializable(typeof(Endpoints))]
    [JsonSerializable(typeof(Node))]
    private sealed partial class Json : JsonSerializerContext;
}
