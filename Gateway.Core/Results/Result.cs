using System.Diagnostics.CodeAnalysis;

namespace Gateway.Core.Results;

/// <summary>The result of a call: a value, or a refusal.</summary>
public readonly struct Result<T>
{
    private readonly T? _value;
    private readonly bool _hasValue;

    private Result(T value) => (_value, _hasValue) = (value, true);

    private Result(Refusal refusal) => Refusal = refusal;

    public Refusal? Refusal { get; }

    /// <summary>Only where <see cref="Refusal"/> is null.</summary>
    public T Value => _hasValue ? _value! : throw new InvalidOperationException($"Refused: {Refusal?.Code} {Refusal?.Detail}");

    public bool IsRefused([NotNullWhen(true)] out Refusal? refusal)
    {
        refusal = Refusal;
        return refusal is not null;
    }

    public static implicit operator Result<T>(T value) => new(value);

    public static implicit operator Result<T>(Refusal refusal) => new(refusal);
}
