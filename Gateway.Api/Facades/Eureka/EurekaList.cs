using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gateway.Api.Facades.Eureka;

/// <summary>
/// A list of applications as an answer: pieces that are bytes already, and their length. Made once for each state and form; written as it is.
/// </summary>
internal sealed class EurekaList
{
    /// <param name="form">The form of all pieces.</param>
    /// <param name="hash">The appsHashCode of what the client has after it took the answer.</param>
    /// <param name="version">Of a delta; 1 in full lists.</param>
    /// <param name="applications">In that form.</param>
    public EurekaList(IEurekaForm form, string hash, long version, IEnumerable<byte[]> applications)
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
        Pieces = pieces.DrainToImmutable();
        foreach (var piece in Pieces)
            Length += piece.Length;
    }

    public ImmutableArray<ReadOnlyMemory<byte>> Pieces { get; }

    public long Length { get; }

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
