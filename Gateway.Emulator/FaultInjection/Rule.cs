using Gateway.Emulator.Http;

namespace Gateway.Emulator.FaultInjection;

/// <summary>
/// One armed fault: which requests it applies to, and to how many more of them. Only <see cref="RuleList{T}"/> changes it.
/// </summary>
internal sealed class Rule<T>(Func<ObservedRequest, bool>? filter, int remaining, T effect)
{
    public T Effect { get; } = effect;
    public int Remaining { get; set; } = remaining;

    public bool Concerns(ObservedRequest request) => Remaining > 0 && (filter is null || filter(request));
}
