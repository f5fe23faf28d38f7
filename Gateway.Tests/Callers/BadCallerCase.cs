namespace Gateway.Tests.Callers;

/// <summary>A call that has to be refused: what is prepared before it, the call itself as status and body, and how it is answered.</summary>
internal sealed record BadCallerCase(int Status, string Code, Func<FencedRegistry, Task<(int Status, string Body)>> Call)
{
    /// <summary>Happens before the state of the cluster is taken down.</summary>
    public Func<FencedRegistry, Task> Prepare { get; init; } = static _ => Task.CompletedTask;

    public (string Key, string Value)[] Settings { get; init; } = [];
}
