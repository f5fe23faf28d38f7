namespace Gateway.Core.Annotations;

/// <summary>A record that could not be read: its annotation key, its id if the key has one, and the reason for people.</summary>
public sealed record UnreadableRecord(InstanceSource Source, string AnnotationKey, string? Id, string Reason);
