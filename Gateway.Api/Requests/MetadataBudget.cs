using System.Globalization;
using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Api.Requests;

/// <summary>
/// How many bytes the metadata of one body may take: what no pod's annotations have room for is not read to its end. Whether the rest fits is found
/// out by the write. Written by the reader of that body alone.
/// </summary>
internal sealed class MetadataBudget
{
    // "key":"value",
    private const int Marks = 6;

    private readonly int _bytes;
    private int _left;

    /// <param name="bytes">Keys and values in UTF-8, with the marks that JSON puts around them.</param>
    private MetadataBudget(int bytes) => _bytes = _left = bytes;

    /// <summary>413 once it is used up; null: it is not.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>All registrations of one body are one pod's.</summary>
    public static MetadataBudget OfRegistrations() => new(AnnotationOptions.TotalBytesLimit);

    /// <summary>A merge patch may remove as much as it adds.</summary>
    public static MetadataBudget OfChanges() => new(2 * AnnotationOptions.TotalBytesLimit);

    /// <summary>False: reading ends here.</summary>
    public bool Take(string key, string? value)
    {
        _left -= Encoding.UTF8.GetByteCount(key) + (value is null ? 0 : Encoding.UTF8.GetByteCount(value)) + Marks;
        if (_left >= 0)
            return true;
        Refusal ??= new Refusal(
            RefusalCodes.AnnotationsFull, string.Create(CultureInfo.InvariantCulture, $"The metadata takes more than {_bytes} bytes, which the annotations of no pod have room for."));
        return false;
    }
}
