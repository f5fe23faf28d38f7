using Gateway.Emulator.Storage;

namespace Gateway.Emulator.Authentication;

/// <summary>The object that a token lives and dies with.</summary>
internal sealed record TokenBinding(ResourceKind Kind, string Name, string Uid);
