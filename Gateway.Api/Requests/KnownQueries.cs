using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Api.Requests;

/// <summary>
/// What queries without a fault say, by their text, so that clients that ask the same again and again cost no reading. Callers choose the texts: long ones
/// are not kept, and at <see cref="Most"/> all are dropped. Written by the calls that read a query, read by any thread.
/// </summary>
internal sealed class KnownQueries<T>
    where T : class
{
    public const int Most = 1_024;

    private const int LongestText = 512;

    private readonly ConcurrentDictionary<string, T> _read = new(StringComparer.Ordinal);
    private int _count;

    public bool TryGet(string text, [NotNullWhen(true)] out T? query) => _read.TryGetValue(text, out query);

    public void Keep(string? text, T query)
    {
        if (text is not { Length: > 0 and <= LongestText } || !_read.TryAdd(text, query) || Interlocked.Increment(ref _count) < Most)
            return;
        // Calls that add at the same time may each keep one more.
        Interlocked.Exchange(ref _count, 0);
        _read.Clear();
    }
}
