using System.Globalization;
using System.Text;
using Gateway.Core.Annotations.Records;
using Gateway.Core.Results;

namespace Gateway.Core.Annotations.Bodies;

/// <summary>
/// Limits the metadata bytes of one body: reading stops at a size that no pod's annotations can hold. The write checks whether
/// smaller metadata fits. Written by the reader of that body alone.
/// </summary>
public sealed class MetadataBudget
{
    // "key":"value",
    private const int Marks = 6;

    private readonly int _bytes;
    private int _left;

    /// <param name="bytes">Keys and values in UTF-8, with the marks that JSON puts around them.</param>
    private MetadataBudget(int bytes) => _bytes = _left = bytes;

    /// <summary>The 413 refusal once the limit is exceeded, otherwise null.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>All registrations of one body belong to one pod.</summary>
    public static MetadataBudget OfRegistrations() => new(AnnotationOptions.TotalBytesLimit);

    /// <summary>A merge patch may remove as much as it adds.</summary>
    public static MetadataBudget OfChanges() => new(2 * AnnotationOptions.TotalBytesLimit);

    /// <summary>False: the limit is exceeded, stop reading.</summary>
    public bool Take(string key, string? value)
    {
        _left -= Encoding.UTF8.GetByteCount(key) + (value is null ? 0 : Encoding.UTF8.GetByteCount(value)) + Marks;
        if (_left >= 0)
            return true;
        Refusal ??= new Refusal(
            RefusalCodes.AnnotationsFull, string.Create(CultureInfo.InvariantCulture, $"The metadata exceeds {_bytes} bytes and cannot fit into a pod's annotations."));
        return false;
    }
}
