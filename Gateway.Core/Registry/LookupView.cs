using System.Collections.Immutable;

namespace Gateway.Core.Registry;

/// <summary>What one filter selects of one state of a service. Its first reader encodes the answer; everyone after gets the same bytes.</summary>
public sealed class LookupView
{
    private readonly ServiceSnapshot _service;
    private LookupBody? _body;

    internal LookupView(ServiceSnapshot service, ImmutableArray<Instance> instances, LookupForm form) => (_service, Instances, Form) = (service, instances, form);

    /// <summary>How they are shown.</summary>
    public LookupForm Form { get; }

    /// <summary>Sorted by id.</summary>
    public ImmutableArray<Instance> Instances { get; }

    // Two first readers may encode at once; both bodies are the same, and one stays.
    public LookupBody Body => Volatile.Read(ref _body) ?? Interlocked.CompareExchange(ref _body, new LookupBody(_service, this), null) ?? _body;

    public string ETag => Body.ETag;
}
