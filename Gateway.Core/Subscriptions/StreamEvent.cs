namespace Gateway.Core.Subscriptions;

/// <summary>One event to send: its id, and the lines that many streams share.</summary>
public readonly record struct StreamEvent(string Id, EventFrame Frame);
