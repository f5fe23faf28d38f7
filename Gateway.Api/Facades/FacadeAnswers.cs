using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Gateway.Core.Registry;

namespace Gateway.Api.Facades;

/// <summary>
/// Answers as bytes, made by the first reader of each state of a service, or of a namespace, and kept as long as that state. Each facade names its variants
/// with its own name first. Beyond a number of variants of one state, which callers choose (filters), further ones are made for each call.
/// </summary>
internal sealed class FacadeAnswers
{
    internal const int MaxVariants = 32;

    private readonly ConditionalWeakTable<object, ConcurrentDictionary<string, byte[]>> _made = [];

    /// <summary>The answer about one service, made from that state alone.</summary>
    public byte[] Get(ServiceSnapshot service, string variant, Func<byte[]> make) => GetOf(service, variant, make);

    /// <summary>The answer about all services of the view, made from their states alone.</summary>
    public byte[] GetAll(FacadeView view, string variant, Func<byte[]> make) => GetOf(view.List, variant, make);

    private byte[] GetOf(object state, string variant, Func<byte[]> make)
    {
        var variants = _made.GetValue(state, static _ => new(concurrencyLevel: 1, capacity: 4, StringComparer.Ordinal));
        if (variants.TryGetValue(variant, out var bytes))
            return bytes;
        bytes = make();
        return variants.Count < MaxVariants ? variants.GetOrAdd(variant, bytes) : bytes;
    }
}
