using System.Diagnostics.CodeAnalysis;

namespace Gateway.Core.Redis;

/// <summary>What Redis answered; the default is that it did not.</summary>
public readonly struct RedisAnswer<T>
{
    private readonly T _value;

    public RedisAnswer(T value) => (_value, HasValue) = (value, true);

    public bool HasValue { get; }

    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return HasValue;
    }
}
