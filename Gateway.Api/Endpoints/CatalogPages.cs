using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Core.Registry;
using Gateway.Core.Registry.Instances;
using Gateway.Core.Registry.Lookup;

namespace Gateway.Api.Endpoints;

/// <summary>
/// The encoded pages of the newest snapshot that was listed, so that a page is searched and encoded once however often it is asked for. Bounded: the
/// page that was read longest ago is dropped. Written by the requests that list, under one lock; each page is made by its first reader, outside of it.
/// </summary>
internal sealed class CatalogPages
{
    /// <summary>Pages that are kept.</summary>
    public const int MaxPages = 16;

    /// <summary>Bytes of all pages that are kept; a larger page is made for each request.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private readonly Lock _gate = new();

    // The page that was read last is the last one.
    private readonly List<Page> _pages = [];
    private ulong _sequence;

    /// <param name="snapshot">What to list.</param>
    /// <param name="query">Which of its services.</param>
    /// <param name="readable">The namespaces that the caller may read; null: all.</param>
    public ReadOnlyMemory<byte> Find(RegistrySnapshot snapshot, CatalogQuery query, IReadOnlySet<string>? readable)
    {
        var rights = readable is null ? null : RightsOf(readable);
        Page page;
        lock (_gate)
        {
            if (snapshot.Sequence < _sequence)
                return Encode(snapshot, query, readable);
            if (snapshot.Sequence > _sequence)
                _pages.Clear();
            _sequence = snapshot.Sequence;
            var at = _pages.FindIndex(one => one.Rights == rights && one.Query == query);
            page = at < 0 ? new Page(query, rights, new(() => Encode(snapshot, query, readable))) : _pages[at];
            if (at >= 0)
                _pages.RemoveAt(at);
            _pages.Add(page);
            if (_pages.Count > MaxPages)
                _pages.RemoveAt(0);
        }

        var bytes = page.Bytes.Value;
        lock (_gate)
        {
            while (_pages.Sum(static one => one.Bytes.IsValueCreated ? (long)one.Bytes.Value.Length : 0) > MaxBytes)
                _pages.RemoveAt(0);
        }

        return bytes;
    }

    // Callers with the same rights share pages.
    private static string RightsOf(IReadOnlySet<string> readable) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('/', readable.Order(StringComparer.Ordinal)))));

    private static ReadOnlyMemory<byte> Encode(RegistrySnapshot snapshot, CatalogQuery query, IReadOnlySet<string>? readable)
    {
        var page = ServiceCatalog.List(snapshot, query, readable is null ? null : readable.Contains);
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body, InstanceJson.WriterOptions))
            CatalogJson.Write(writer, page);
        return body.WrittenSpan.ToArray();
    }

    private sealed record Page(CatalogQuery Query, string? Rights, Lazy<ReadOnlyMemory<byte>> Bytes);
}
