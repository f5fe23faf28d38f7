namespace Gateway.Core.Supervision;

/// <summary>
/// Work that goes on as long as the process does: <paramref name="RunAsync"/> returns when it is cancelled and not before. After a failure it is
/// called again, so it begins from the state in which the failure left it, or rebuilds that state.
/// </summary>
/// <param name="Name">The loop in logs and metrics, one of a small set. Loops of one kind share it.</param>
public sealed record BackgroundLoop(string Name, Func<CancellationToken, Task> RunAsync);
