namespace Gateway.Emulator.Writing;

/// <summary>Who writes, through which subresource (null: the object itself), and whether it is only to see what would come of it.</summary>
public sealed record WriteScope(string Manager, string? Subresource = null, bool DryRun = false);
