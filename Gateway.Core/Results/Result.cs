using System.Diagnostics.CodeAnalysis;

namespace Gateway.Core.Results;

/// <summary>What a call came to: a value, or the refusal that stands in its place.</summary>
public readonly struct Result<T>
    where T : class
{
    private readonly T? _value;

    private Result(T? value, Refusal? refusal)
    {
        _value = value;
        Refusal = refusal;
    }

    public Refusal? Refusal { get; }

    /// <summary>Only where <see cref="Refusal"/> is null.</summary>
    public T Value => _value ?? throw new InvalidOperationException($"Refused: {Refusal?.Code} {Refusal?.Detail}");

    public bool IsRefused([NotNullWhen(true)] out Refusal? refusal)
    {
        refusal = Refusal;
        return refusal is not null;
    }

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Refusal refusal) => new(null, refusal);
}
