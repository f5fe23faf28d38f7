namespace Gateway.Core.Annotations;

/// <summary>A record that could not be read: the annotation key it stands in, its id if the key has one, and why, for people.</summary>
public sealed record UnreadableRecord(InstanceSource Source, string AnnotationKey, string? Id, string Reason);
