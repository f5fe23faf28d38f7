namespace Gateway.Emulator.Writing;

/// <summary>The writer, the subresource it writes through (null: the object itself), and whether the write is a dry run.</summary>
public sealed record WriteScope(string Manager, string? Subresource = null, bool DryRun = false);
