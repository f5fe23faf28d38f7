using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// An answer: pieces that are bytes already, and their length. A small one is a single piece, so that it is written at once. Made once for each state and form.
/// </summary>
internal sealed class EurekaList
{
    // What a connection buffers anyway.
    private const int Small = 32 * 1024;

    public EurekaList(ImmutableArray<ReadOnlyMemory<byte>> pieces)
    {
        foreach (var piece in pieces)
            Length += piece.Length;
        Pieces = Length > Small ? pieces : [pieces.SelectMany(static piece => piece.ToArray()).ToArray()];
    }

    public ImmutableArray<ReadOnlyMemory<byte>> Pieces { get; }

    public long Length { get; }

    /// <param name="form">The form of all pieces.</param>
    /// <param name="hash">The appsHashCode of what the client has after it took the answer.</param>
    /// <param name="version">Of a delta; 1 in full lists.</param>
    /// <param name="applications">In that form.</param>
    public static EurekaList Of(IEurekaForm form, string hash, long version, IEnumerable<byte[]> applications)
    {
        var pieces = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        pieces.Add(form.Begin(hash, version));
        foreach (var application in applications)
        {
            if (pieces.Count > 1 && !form.Separator.IsEmpty)
                pieces.Add(form.Separator);
            pieces.Add(application);
        }

        pieces.Add(form.End);
        return new EurekaList(pieces.DrainToImmutable());
    }

    /// <summary>
    /// Eureka's appsHashCode: how many instances have each status, sorted by it. A client compares it with what it holds after a delta.
    /// </summary>
    public static string HashOf(IEnumerable<EurekaInstance> instances)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var one in instances)
            counts[one.Status] = counts.GetValueOrDefault(one.Status) + 1;
        return counts.Aggregate(new StringBuilder(), static (text, one) => text.Append(CultureInfo.InvariantCulture, $"{one.Key}_{one.Value}_")).ToString();
    }
}
