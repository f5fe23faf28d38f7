namespace Gateway.Core.Subscriptions;

/// <summary>
/// How a stream begins: with a snapshot or with <c>added</c> events, and after which event of an earlier connection. A client that
/// reconnects and cannot be sent the difference gets a snapshot either way.
/// </summary>
public readonly record struct StreamStart(bool AsEvents, string? LastEventId);
