using System.Collections.Immutable;
using Gateway.Core.Refusals;

namespace Gateway.Api.Errors;

/// <summary>Gathers every fault of one request, so that all are told at once. Used by that request alone.</summary>
public sealed class FaultList
{
    /// <summary>More than these help nobody; a body of 200 registrations could hold thousands.</summary>
    private const int Limit = 1_000;

    private ImmutableArray<Fault>.Builder? _faults;

    public bool IsEmpty => _faults is null;

    public void AtPointer(string pointer, string code, string detail) => Add(new Fault(pointer, null, code, detail));

    public void AtParameter(string parameter, string code, string detail) => Add(new Fault(null, parameter, code, detail));

    public bool Has(string pointer) => _faults?.Any(fault => fault.Pointer == pointer) ?? false;

    public Refusal ToRefusal(string code, string detail) => new(code, detail) { Faults = _faults?.ToImmutable() ?? [] };

    private void Add(Fault fault)
    {
        _faults ??= ImmutableArray.CreateBuilder<Fault>();
        if (_faults.Count < Limit)
            _faults.Add(fault);
    }
}
