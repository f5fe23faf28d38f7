using System.Buffers;
using System.Collections.Immutable;
using Gateway.Core.Registry.Instances;

namespace Gateway.Core.Registry;

/// <summary>
/// The instances that one filter selects in one state of a service. The first reader encodes the answer; later ones get the same bytes.
/// </summary>
public sealed class LookupView
{
    private readonly ServiceSnapshot _service;
    private LookupBody? _body;
    private byte[]?[]? _encoded;
    private object? _companion;
    private long _lastRead;

    internal LookupView(ServiceSnapshot service, ImmutableArray<Instance> instances, InstanceFormat form) => (_service, Instances, Form) = (service, instances, form);

    /// <summary>How the instances are shown.</summary>
    public InstanceFormat Form { get; }

    /// <summary>The number of the service's reads at which it was last read; written by its readers, for the cache.</summary>
    internal long LastRead
    {
        get => Volatile.Read(ref _lastRead);
        set => Volatile.Write(ref _lastRead, value);
    }

    /// <summary>Sorted by id.</summary>
    public ImmutableArray<Instance> Instances { get; }

    // Two threads may encode at once; both bodies are equal, and one is kept.
    public LookupBody Body => Volatile.Read(ref _body) ?? Interlocked.CompareExchange(ref _body, new LookupBody(_service, this), null) ?? _body;

    public string ETag => Body.ETag;

    /// <summary>The JSON of one of <see cref="Instances"/>, encoded by the first pick that chose it.</summary>
    public ReadOnlyMemory<byte> EncodedInstance(int index)
    {
        var encoded = Volatile.Read(ref _encoded) ?? Interlocked.CompareExchange(ref _encoded, new byte[Instances.Length][], null) ?? _encoded;
        return Volatile.Read(ref encoded[index]) ?? Interlocked.CompareExchange(ref encoded[index], Encode(Instances[index]), null) ?? encoded[index];
    }

    private byte[] Encode(Instance instance)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        Form.WriteInstance(buffer, instance);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What its one kind of reader besides lookups makes of it once and keeps as long as it: the streams' frames.</summary>
    internal T Companion<T>(Func<LookupView, T> make)
        where T : class =>
        (T)(Volatile.Read(ref _companion) ?? Interlocked.CompareExchange(ref _companion, make(this), null) ?? _companion);
}
