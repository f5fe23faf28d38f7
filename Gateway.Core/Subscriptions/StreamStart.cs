namespace Gateway.Core.Subscriptions;

/// <summary>How a stream begins: with a snapshot or with <c>added</c> events, and after which event of an earlier connection.</summary>
public readonly record struct StreamStart(bool AsEvents, string? LastEventId);
